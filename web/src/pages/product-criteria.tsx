import {
  Button,
  Group,
  Modal,
  NumberInput,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPencil, IconPlus, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { ApiProblem, api, type Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { FormProblem, MoreMenu, Time } from '../parts/bits.tsx'
import {
  type EngagementRule,
  EngagementRules,
  type ProfileRule,
  ProfileRules,
  type RuleFault,
} from '../parts/criterion-rules.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, toast, useAct, useApi } from '../query.ts'

type Criterion = Item<'GET /products/:id/criteria'>

const types = [
  { value: 'profile', label: 'Profile: who they are' },
  { value: 'engagement', label: 'Engagement: what they do' },
  { value: 'conversation', label: 'Conversation: what people think' },
]
const rulesIn = (criterion: Criterion | null): unknown[] =>
  Array.isArray(criterion?.params.rules) ? criterion.params.rules : []

/** A product's fit criteria, and scoring everybody anew. */
export function Criteria({ productId, archived }: { productId: string; archived: boolean }) {
  const params = { id: productId }
  const criteria = useApi('GET /products/:id/criteria', { params })
  const [editing, setEditing] = useState<Criterion | 'new' | null>(null)
  const remove = useAct('DELETE /products/:id/criteria/:criterionId', { done: 'Criterion removed' })
  return (
    <section className="tl-card">
      <Group justify="space-between" p="12px 16px 4px">
        <Title order={2}>Fit criteria</Title>
        {!archived && (
          <Button size="xs" variant="default" leftSection={<IconPlus size={14} />} onClick={() => setEditing('new')}>
            Add criterion
          </Button>
        )}
      </Group>
      <Show of={criteria} rows={2}>
        {({ items, hint, defaultCriterionId }) => {
          const total = items.reduce((sum, { weight }) => sum + weight, 0)
          return (
            <>
              {hint && (
                <Text size="sm" c="dimmed" px={16} pb={6}>
                  {hint}
                </Text>
              )}
              <DataTable
                label="Fit criteria"
                list={{ items, loading: false, error: null }}
                idOf={(criterion) => criterion.id}
                columns={[
                  { title: 'Name', phone: 'bare', cell: (criterion) => criterion.name },
                  { title: 'Type', phone: 'bare', cell: (criterion) => criterion.type },
                  {
                    title: 'Scored by',
                    cell: (criterion) =>
                      rulesIn(criterion).length > 0
                        ? plural(rulesIn(criterion).length, 'rule')
                        : criterion.type === 'engagement'
                          ? 'steps and people'
                          : 'people',
                  },
                  {
                    title: 'Weight',
                    align: 'right',
                    cell: (criterion) => (
                      <span className="tl-number">
                        {criterion.weight}
                        {total > 0 && (
                          <span className="tl-muted"> · {Math.round((criterion.weight / total) * 100)} %</span>
                        )}
                      </span>
                    ),
                  },
                  {
                    title: 'Role',
                    cell: (criterion) =>
                      criterion.id === defaultCriterionId ? (
                        'stands for the product in steps without a criterion'
                      ) : (
                        <span className="tl-muted">—</span>
                      ),
                  },
                ]}
                menu={(criterion) =>
                  archived ? null : (
                    <MoreMenu
                      label={`Actions for ${criterion.name}`}
                      entries={[
                        { label: 'Edit', icon: <IconPencil size={16} />, run: () => setEditing(criterion) },
                        {
                          label: 'Remove',
                          icon: <IconTrash size={16} />,
                          run: () => remove.mutate({ params: { ...params, criterionId: criterion.id } }),
                          danger: true,
                        },
                      ]}
                    />
                  )
                }
                empty={
                  <Empty title="No criteria yet">
                    A customer’s score is the weighted mean over the criteria that have one.
                  </Empty>
                }
              />
              {!archived && items.some((one) => one.type === 'profile' && rulesIn(one).length > 0) && (
                <Rescore productId={productId} />
              )}
            </>
          )
        }}
      </Show>
      {editing && (
        <CriterionDialog
          productId={productId}
          criterion={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </section>
  )
}

function Rescore({ productId }: { productId: string }) {
  const params = { id: productId }
  const jobs = useApi('GET /products/:id/score-jobs', { params }, { refetchInterval: 1_500 })
  const rescore = useAct('POST /products/:id/rescore')
  const latest = jobs.data?.items[0]
  const running = latest?.status === 'running'
  const finishedAt = latest?.finishedAt
  useEffect(() => {
    if (!finishedAt) return
    void queryClient.invalidateQueries({
      predicate: ({ queryKey: [route] }) =>
        route !== 'GET /products/:id/score-jobs' && String(route).includes('/products/:id/'),
    })
  }, [finishedAt])
  return (
    <Group p="8px 16px 14px" gap={12}>
      <Button
        size="xs"
        variant="default"
        leftSection={<IconRefresh size={14} />}
        loading={rescore.isPending}
        onClick={() => rescore.mutate({ params, body: {} })}
      >
        Score everybody anew
      </Button>
      {latest && (
        <Text size="sm" c="dimmed" role="status">
          {running ? (
            `${count(latest.lookedAt)} of ${count(latest.total)} looked at, ${plural(latest.changed, 'score')} changed`
          ) : (
            <>
              Last done <Time at={latest.finishedAt} />: {plural(latest.changed, 'score')} changed among{' '}
              {plural(latest.lookedAt, 'customer')}
            </>
          )}
        </Text>
      )}
      {running && (
        <Progress
          value={latest.total === 0 ? 100 : (latest.lookedAt / latest.total) * 100}
          aria-label="Progress"
          style={{ flex: '1 1 120px' }}
        />
      )}
    </Group>
  )
}

/** A form filled from a criterion, or empty. */
function valuesOf(criterion: Criterion | null) {
  const kept = rulesIn(criterion)
  return {
    name: criterion?.name ?? '',
    type: criterion?.type ?? ('profile' as Criterion['type']),
    weight: criterion?.weight ?? 0.5,
    profile: (criterion?.type === 'profile' ? kept : []) as ProfileRule[],
    engagement: (criterion?.type === 'engagement' ? kept : []) as EngagementRule[],
    '': '',
  }
}

function CriterionDialog({
  productId,
  criterion,
  onClose,
}: {
  productId: string
  criterion: Criterion | null
  onClose(): void
}) {
  const form = useForm({ initialValues: valuesOf(criterion) })
  // Parameters that this form does not ask for stay as they are.
  const [seen, setSeen] = useState(criterion)
  const [ruleErrors, setRuleErrors] = useState<Record<number, RuleFault>>({})
  const { type } = form.values
  const save = async (version: number) => {
    const { name, type, weight, profile, engagement } = form.getValues()
    const { rules: _, ...others } = seen?.params ?? {}
    const rules = type === 'profile' ? profile : type === 'engagement' ? engagement : []
    const body = { name, type, weight: Number(weight), params: rules.length > 0 ? { ...others, rules } : others }
    try {
      if (criterion)
        await api('PATCH /products/:id/criteria/:criterionId', {
          params: { id: productId, criterionId: criterion.id },
          body,
          ifMatch: version,
        })
      else await api('POST /products/:id/criteria', { params: { id: productId }, body })
      void queryClient.invalidateQueries()
      toast(criterion ? 'Criterion saved' : 'Criterion added')
      onClose()
    } catch (problem) {
      void queryClient.invalidateQueries()
      if (edited.refused(problem)) return
      const { found, rest } = splitErrors(problem)
      setRuleErrors(found)
      if (rest) showRefusal(form, rest, ['name', 'type', 'weight'])
    }
  }
  const edited = useEdited(criterion?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const { items } = await api('GET /products/:id/criteria', { params: { id: productId } })
      const theirs = items.find(({ id }) => id === criterion?.id)
      if (!theirs) throw new Error('This criterion is gone.')
      setSeen(theirs)
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  const editor = { faultOf: (index: number) => ruleErrors[index] }
  return (
    <Modal opened onClose={onClose} title={criterion ? 'Edit criterion' : 'New criterion'} size="xl">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label="Type"
              description="What it looks at."
              data={types}
              allowDeselect={false}
              {...form.getInputProps('type')}
            />
            <NumberInput
              label="Weight"
              description="From 0 to 1, among the others."
              min={0}
              max={1}
              clampBehavior="none"
              step={0.1}
              decimalScale={3}
              {...form.getInputProps('weight')}
            />
          </SimpleGrid>
          {type === 'profile' && (
            <ProfileRules
              rules={form.values.profile}
              onChange={(rules) => form.setFieldValue('profile', rules)}
              {...editor}
            />
          )}
          {type === 'engagement' && (
            <EngagementRules
              rules={form.values.engagement}
              onChange={(rules) => form.setFieldValue('engagement', rules)}
              {...editor}
            />
          )}
          {type === 'conversation' && (
            <Text size="xs" c="dimmed">
              People set it, on the customer’s Fit tab, with a reason.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {criterion ? 'Save' : 'Add criterion'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** What the server says of single rules, apart from the rest; no rest where rules are all that it speaks of. */
function splitErrors(problem: unknown): { found: Record<number, RuleFault>; rest: unknown } {
  const found: Record<number, RuleFault> = {}
  if (!(problem instanceof ApiProblem)) return { found, rest: problem }
  const others = problem.errors.filter(({ path, message }) => {
    const [, index, part = ''] = /^params\.rules\.(\d+)\.?(.*)/.exec(path) ?? []
    if (index === undefined) return true
    found[Number(index)] ??= { part, text: message }
    return false
  })
  if (others.length === 0 && Object.keys(found).length > 0) return { found, rest: null }
  return { found, rest: new ApiProblem(problem.status, problem.code, problem.message, others, problem.extra) }
}

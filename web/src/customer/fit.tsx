import { Button, Group, Modal, NumberInput, Select, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { type Answer, ApiProblem, api, type Item } from '../api.ts'
import { LineChart } from '../charts/line-chart.tsx'
import { clockTime, exact, nameOf, shortDay } from '../format.ts'
import { FormProblem, Time } from '../parts/bits.tsx'
import { useCriteria } from '../parts/choices.ts'
import type { Customer } from '../parts/customer-fields.ts'
import { Empty, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, toast, useApi, usePages } from '../query.ts'

type Assessment = Item<'GET /customers/:id/scores/history'>
type Scores = Answer<'GET /customers/:id/scores'>

/** +0.25: a score or a change of one. */
export const signed = (score: number): string => `${score > 0 ? '+' : ''}${Math.round(score * 100) / 100}`

/** How well a customer fits the products: scores, how they came about, and setting one by hand. */
export function Fit({ customer }: { customer: Customer }) {
  const scores = useApi('GET /customers/:id/scores', { params: { id: customer.id } })
  const history = usePages('GET /customers/:id/scores/history', { params: { id: customer.id }, query: { limit: 200 } })
  const [scoring, setScoring] = useState(false)
  const gone = customer.archivedAt !== null || customer.erasedAt !== null
  const set = (
    <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setScoring(true)}>
      Set a score
    </Button>
  )
  return (
    <Show of={scores}>
      {({ items, products }) => (
        <Stack>
          {items.length === 0 && history.items.length === 0 ? (
            <Empty title="No score yet" action={gone ? undefined : set}>
              The rules of your products’ criteria, campaign steps, people and imports write scores.
            </Empty>
          ) : (
            <>
              {!gone && <Group justify="flex-end">{set}</Group>}
              {products.map((product) => (
                <ProductFit
                  key={product.productId}
                  customerId={customer.id}
                  product={product}
                  scores={items}
                  history={history.items}
                />
              ))}
              <section className="tl-card">
                <Title order={2} p="12px 16px 4px">
                  How they came about
                </Title>
                <DataTable
                  label="Fit assessments"
                  list={history}
                  idOf={(row) => row.id}
                  columns={[
                    { title: 'When', phone: 'bare', cell: (row) => <Time at={row.at} /> },
                    { title: 'Criterion', phone: 'bare', cell: (row) => `${row.product}: ${row.criterion}` },
                    {
                      title: 'Score',
                      align: 'right',
                      cell: (row) => <b className="tl-number">{signed(row.score)}</b>,
                    },
                    {
                      title: 'Change',
                      align: 'right',
                      cell: (row) => <span className="tl-number">{row.delta === null ? '—' : signed(row.delta)}</span>,
                    },
                    { title: 'What made it', phone: 'bare', cell: (row) => row.text },
                  ]}
                  empty={null}
                />
              </section>
            </>
          )}
          {scoring && <ScoreDialog customer={customer} onClose={() => setScoring(false)} />}
        </Stack>
      )}
    </Show>
  )
}

function ProductFit({
  customerId,
  product,
  scores,
  history,
}: {
  customerId: string
  product: Scores['products'][number]
  scores: Scores['items']
  history: readonly Assessment[]
}) {
  const own = scores.filter((score) => score.productId === product.productId)
  const why = useApi('GET /products/:id/score-of/:customerId', { params: { id: product.productId, customerId } }).data
  const rulesOf = (criterionId: string) => why?.criteria.find(({ id }) => id === criterionId)?.contributions ?? []
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={6}>
        {product.product} <span className="tl-number">{signed(product.score)}</span>
      </Title>
      <Group gap={18} mb={10} align="flex-start">
        {own.map((score) => (
          <Text key={score.criterionId} size="sm" component="div">
            {score.criterion}{' '}
            <span className="tl-muted">
              ({score.type}, weight {score.weight})
            </span>{' '}
            <b className="tl-number">{signed(score.score)}</b>
            {rulesOf(score.criterionId).map(({ text, held, points }) => (
              <Text key={text} size="xs" c={held ? undefined : 'dimmed'}>
                {held ? `✓ ${text}: ${signed(points)}` : `– ${text}: would be ${signed(points)}`}
              </Text>
            ))}
          </Text>
        ))}
      </Group>
      <Course product={product.product} scores={own} history={history} />
    </section>
  )
}

const looks = [
  { colour: '--tl-messaging', dash: [6, 3] },
  { colour: '--tl-good', dash: [2, 2] },
  { colour: '--tl-warn', dash: [8, 3, 2, 3] },
  { colour: '--tl-clicked', dash: [10, 4] },
  { colour: '--tl-contact', dash: [3, 4] },
] as const

/** How the score on a product came about: each criterion's as steps, and their weighted mean; the table below says the same in words. */
function Course({
  product,
  scores,
  history,
}: {
  product: string
  scores: Scores['items']
  history: readonly Assessment[]
}) {
  const ids = new Set(scores.map(({ criterionId }) => criterionId))
  const changes = history
    .filter(({ criterionId }) => ids.has(criterionId))
    .map((row) => ({ ...row, ms: Date.parse(row.at) }))
    .toSorted((a, b) => a.ms - b.ms)
  const first = changes[0]?.ms
  if (first === undefined) return null
  const at = [...new Set([...changes.map(({ ms }) => ms), Math.max(Date.now(), first + 60_000)])]
  const latest = new Map<string, number>()
  const rows = at.map((ms) => {
    for (const change of changes) if (change.ms === ms) latest.set(change.criterionId, change.score)
    return new Map(latest)
  })
  const weightOf = new Map(scores.map(({ criterionId, weight }) => [criterionId, weight]))
  const mean = (known: ReadonlyMap<string, number>): number | null => {
    if (known.size === 0) return null
    const weights = [...known.keys()].reduce((sum, id) => sum + (weightOf.get(id) ?? 0), 0)
    // Where all weights are 0 they count alike.
    if (weights === 0) return [...known.values()].reduce((sum, score) => sum + score, 0) / known.size
    return [...known].reduce((sum, [id, score]) => sum + score * (weightOf.get(id) ?? 0), 0) / weights
  }
  const isShort = (at.at(-1) ?? first) - first < 2 * 86_400_000
  return (
    <LineChart
      label={`Score on ${product}`}
      at={at}
      lines={[
        { key: 'mean', label: 'Score', colour: '--tl-accent', strong: true, values: rows.map(mean) },
        ...scores.map(({ criterionId, criterion }, index) => ({
          key: criterionId,
          label: criterion,
          ...(looks[index % looks.length] ?? looks[0]),
          values: rows.map((known) => known.get(criterionId) ?? null),
        })),
      ]}
      whenText={(ms) => exact(new Date(ms))}
      axisText={(ms) => (isShort ? clockTime(ms) : shortDay(ms))}
      {...(isShort && { axisStepMs: 60_000 })}
      valueText={signed}
      steps
      between={[-1, 1]}
    />
  )
}

function ScoreDialog({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const criteria = useCriteria()
  const [criterionId, setCriterionId] = useState<string | null>(null)
  const [score, setScore] = useState<number | string>('')
  const [reason, setReason] = useState('')
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    const missing = {
      ...(criterionId === null && { criterionId: 'Choose a criterion.' }),
      ...(score === '' && { score: 'Write a number from -1 to 1.' }),
    }
    setFaults(missing)
    if (criterionId === null || score === '') return
    setBusy(true)
    try {
      await api('POST /customers/:id/scores', {
        params: { id: customer.id },
        body: { criterionId, score: Number(score), reason: reason.trim() || null },
      })
      void queryClient.invalidateQueries()
      toast('Score set')
      onClose()
    } catch (problem) {
      const errors = problem instanceof ApiProblem ? problem.errors : []
      setFaults(
        errors.length > 0
          ? Object.fromEntries(errors.map(({ path, message }) => [path, message]))
          : { '': problem instanceof Error ? problem.message : String(problem) },
      )
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={onClose} title={`Score ${nameOf(customer)}`}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Stack>
          <FormProblem text={faults['']} />
          <Select
            label="Criterion"
            data={criteria}
            value={criterionId}
            onChange={setCriterionId}
            error={faults.criterionId}
            searchable
            required
            placeholder={criteria.length === 0 ? 'No product has a criterion yet' : 'Choose'}
            data-autofocus
          />
          <NumberInput
            label="Score"
            description="From -1 (does not fit) to 1 (fits)."
            min={-1}
            max={1}
            step={0.1}
            decimalScale={3}
            value={score}
            onChange={setScore}
            error={faults.score}
            required
          />
          <Textarea
            label="Reason"
            description="Kept in the history."
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={faults.reason}
            maxLength={1000}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Set score
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

import {
  Alert,
  Anchor,
  Button,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, ApiProblem, type Body } from '../api.ts'
import { count, plural } from '../format.ts'
import { Time } from '../parts/bits.tsx'
import { Show } from '../parts/page.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { toastProblem, useAct, useApi } from '../query.ts'
import type { Draft } from './draft.ts'

type Changes = Answer<'GET /campaigns/:id/workflow/changes'>
type Change = Changes['changes'][number]
type Published = Answer<'POST /campaigns/:id/workflow/publish'>
type Choices = NonNullable<NonNullable<Body<'POST /campaigns/:id/workflow/publish'>>['removed']>
type Choice = Choices[string]

interface Props {
  campaignId: string
  /** What is published: the saved draft. */
  draft: Draft
  catalogue: Catalogue
  onClose(): void
  onFix(nodeId: string, field: string | null): void
  /** `text` says what it did. */
  onPublished(answer: Published, text: string): void
}

const kinds = [
  ['added', 'Added', '+', 'var(--tl-good)'],
  ['changed', 'Changed', '~', 'var(--tl-warn)'],
  ['removed', 'Removed', '−', 'var(--tl-bad)'],
] as const

/** Publish changes (UX §4.6): what differs and who did it, who stands where, and a choice for whoever stands on a removed step. */
export default function PublishDialog(props: Props) {
  const changes = useApi('GET /campaigns/:id/workflow/changes', { params: { id: props.campaignId } }, { staleTime: 0 })
  return (
    <Modal opened onClose={props.onClose} title="Publish changes" size="lg">
      <Show of={changes}>{(found) => <Review {...props} found={found} />}</Show>
    </Modal>
  )
}

function Review({ campaignId, draft, catalogue, found, onClose, onFix, onPublished }: Props & { found: Changes }) {
  const [removed, setRemoved] = useState<Choices>({})
  const [note, setNote] = useState('')
  const publish = useAct('POST /campaigns/:id/workflow/publish', {
    quiet: true,
    after: (answer) => onPublished(answer, publishedText(answer)),
  })
  const errors = found.problems.filter((problem) => problem.severity === 'error')
  const asked = found.changes.filter((change) => change.kind === 'removed' && change.here > 0)
  const choiceOf = (nodeId: string): Choice => removed[nodeId] ?? { action: 'finish' }
  const sum = (action: Choice['action']) =>
    asked.reduce((people, { nodeId, here }) => people + (choiceOf(nodeId ?? '').action === action ? here : 0), 0)
  const undecided = asked.some(({ nodeId }) => {
    const choice = choiceOf(nodeId ?? '')
    return choice.action === 'move' && choice.target === ''
  })
  const affected = [
    sum('move') > 0 && `move ${count(sum('move'))}`,
    sum('exit') > 0 && `exit ${count(sum('exit'))}`,
  ].filter((text) => text !== false)
  const waiting = found.changes.some(({ kind, here }) => kind === 'changed' && here > 0)
  const refused = publish.error instanceof ApiProblem ? publish.error : null
  const targets = [...draft.nodes.values()]
    .filter((node) => catalogue[node.type]?.entry !== 'event')
    .map((node) => ({ value: node.id, label: node.title || catalogue[node.type]?.title || node.id }))
  return (
    <Stack>
      {errors.length > 0 && (
        <section>
          <Title order={3} mb={6}>
            To fix first ({errors.length})
          </Title>
          <Stack gap={6}>
            {errors.map((problem, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same fault may stand twice
              <Text key={index} size="sm">
                <span style={{ color: 'var(--tl-bad)' }} aria-hidden>
                  ✖{' '}
                </span>
                {problem.message} <span className="tl-muted">{problem.fix}</span>{' '}
                {problem.nodeId && (
                  <Anchor
                    component="button"
                    type="button"
                    size="sm"
                    onClick={() => onFix(problem.nodeId ?? '', problem.field ?? null)}
                  >
                    Fix
                  </Anchor>
                )}
              </Text>
            ))}
          </Stack>
        </section>
      )}
      {found.changes.length === 0 && <Text>The draft is what customers follow now. There is nothing to publish.</Text>}
      {kinds.map(([kind, title, mark, tone]) => {
        const list = found.changes.filter((change) => change.kind === kind)
        if (list.length === 0) return null
        return (
          <section key={kind}>
            <Title order={3} mb={6}>
              {title} ({list.length})
            </Title>
            <Stack gap={10}>
              {list.map((change) => (
                <div key={change.nodeId ?? `edge ${change.edgeId}`}>
                  <ChangeLine campaignId={campaignId} change={change} mark={mark} tone={tone} catalogue={catalogue} />
                  {kind === 'removed' && change.here > 0 && change.nodeId && (
                    <RemovedChoice
                      change={change}
                      choice={choiceOf(change.nodeId)}
                      from={found.from}
                      targets={targets}
                      onChoose={(choice) => setRemoved({ ...removed, [change.nodeId ?? '']: choice })}
                    />
                  )}
                </div>
              ))}
            </Stack>
          </section>
        )
      })}
      {waiting && (
        <Alert color="gray" py={6}>
          Customers inside go on with the new settings. A deadline that was set when they arrived does not change.
        </Alert>
      )}
      {found.changes.length > 0 && (
        <TextInput
          label="Note"
          description="What this version is about, for the list of versions. Optional."
          value={note}
          maxLength={2_000}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
      )}
      {refused && (
        <Text c="var(--tl-bad)" role="alert">
          {refused.message}
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {found.changes.length === 0 || errors.length > 0 ? 'Close' : 'Cancel'}
        </Button>
        {found.changes.length > 0 && errors.length === 0 && (
          <Button
            loading={publish.isPending}
            onClick={() =>
              undecided
                ? toastProblem('Choose the step to which the customers on a removed step move.')
                : publish.mutate({
                    params: { id: campaignId },
                    body: { removed, note: note.trim() || null },
                    ifMatch: found.version,
                  })
            }
          >
            {[`Publish v${(found.from ?? 0) + 1}`, ...affected].join(', ')}
          </Button>
        )}
      </Group>
    </Stack>
  )
}

function ChangeLine({
  campaignId,
  change,
  mark,
  tone,
  catalogue,
}: {
  campaignId: string
  change: Change
  mark: string
  tone: string
  catalogue: Catalogue
}) {
  const type = change.type === null ? 'Connection' : (catalogue[change.type]?.title ?? change.type)
  return (
    <>
      <Text size="sm">
        <span style={{ color: tone, fontWeight: 700 }} aria-hidden>
          {mark}{' '}
        </span>
        <b>{change.title}</b> <span className="tl-muted">{type}</span>
        {change.here > 0 && change.nodeId && (
          <b>
            {' · '}
            <PeopleCount
              n={change.here}
              who={`at “${change.title}”`}
              to={`/campaigns/${campaignId}/runs?state=here&nodeId=${encodeURIComponent(change.nodeId)}`}
              newTab
            />{' '}
            {change.here === 1 ? 'person is' : 'people are'} here
          </b>
        )}
        {change.by && (
          <span className="tl-muted">
            {' '}
            · {change.byName ?? 'somebody who left'}, <Time at={change.at} />
          </span>
        )}
      </Text>
      {change.fields.map(({ path, before, after }) => (
        <Text key={path} size="xs" pl={16} style={{ overflowWrap: 'anywhere' }}>
          <span className="tl-muted">{path}:</span> <del>{shown(before)}</del> → <ins>{shown(after)}</ins>
        </Text>
      ))}
    </>
  )
}

function RemovedChoice({
  change,
  choice,
  from,
  targets,
  onChoose,
}: {
  change: Change
  choice: Choice
  from: number | null
  targets: { value: string; label: string }[]
  onChoose(choice: Choice): void
}) {
  const label = `What becomes of the ${plural(change.here, 'person', 'people')} on “${change.title}”`
  return (
    <Group gap={8} mt={4} pl={16}>
      <SegmentedControl
        size="xs"
        aria-label={label}
        value={choice.action}
        onChange={(action) =>
          onChoose(action === 'move' ? { action, target: '' } : { action: action as 'finish' | 'exit' })
        }
        data={[
          { value: 'finish', label: `Finish on v${from ?? 1}` },
          { value: 'move', label: 'Move to…' },
          { value: 'exit', label: 'Exit' },
        ]}
      />
      {choice.action === 'move' && (
        <Select
          size="xs"
          aria-label={`Step to which they move from “${change.title}”`}
          placeholder="Choose a step"
          data={targets}
          value={choice.target || null}
          onChange={(target) => onChoose({ action: 'move', target: target ?? '' })}
        />
      )}
    </Group>
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** What a publish did, in a sentence. */
function publishedText({ version, from, published, finish, move, exit }: Published): string {
  if (!published) return 'There was nothing to publish.'
  const people = [
    move > 0 && `${plural(move, 'person', 'people')} moved`,
    exit > 0 && `${plural(exit, 'person', 'people')} left`,
    finish > 0 && `${count(finish)} ${finish === 1 ? 'finishes' : 'finish'} on v${from}`,
  ].filter((text) => text !== false)
  return `v${version} is live.${people.length > 0 ? ` ${people.join(', ')}.` : ''}`
}

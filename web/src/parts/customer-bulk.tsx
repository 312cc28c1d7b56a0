import { Autocomplete, Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { SegmentRule } from '../../../src/workflow/segment-rules.ts'
import type { Body } from '../api.ts'
import { count, plural } from '../format.ts'
import { toast, toastProblem, useAct, useApi } from '../query.ts'
import { useMembers, useTags } from './choices.ts'
import { Confirm } from './confirm.tsx'
import { exportFile, startJob } from './jobs.ts'
import { MergeTwo } from './merge-dialog.tsx'

type Action = 'addTag' | 'removeTag' | 'addToSegment' | 'removeFromSegment' | 'assign' | 'enroll' | 'archive'

const deeds: Record<Exclude<Action, 'archive'>, string> = {
  addTag: 'Add a tag',
  removeTag: 'Remove a tag',
  addToSegment: 'Add to a segment',
  removeFromSegment: 'Remove from a segment',
  assign: 'Assign an owner',
  enroll: 'Enroll in a campaign',
}

/** What each asks for. */
const fieldOf = {
  addTag: 'tag',
  removeTag: 'tag',
  addToSegment: 'segment',
  removeFromSegment: 'segment',
  assign: 'assign',
  enroll: 'enroll',
} as const

/**
 * What can be done to the customers that were chosen in a list; the number stands on each button that does it. When all that are shown are
 * chosen, all that the list holds can be.
 */
export function CustomerBulkBar({
  chosen,
  clear,
  shown,
  total,
  filter,
}: {
  chosen: ReadonlySet<string>
  clear(): void
  /** Rows that the list has read. */
  shown: number
  total: { count: number; exact: boolean } | undefined
  /** What the list is narrowed by, as its address says it. */
  filter: { q?: string; tag?: string; segmentId?: string; companyId?: string; rules?: string }
}) {
  const [asking, setAsking] = useState<Action | null>(null)
  const [everybody, setEverybody] = useState(false)
  const [busy, setBusy] = useState(false)
  const [merging, setMerging] = useState<readonly [string, string] | null>(null)
  const close = () => setAsking(null)
  const act = useAct('POST /customers/bulk', {
    done: ({ changed }) => `${plural(changed, 'customer')} changed`,
    after: () => {
      close()
      clear()
    },
  })
  const all = everybody && chosen.size === shown
  // Whoever is chosen next is chosen anew.
  if (chosen.size === 0 && everybody) setEverybody(false)
  if (chosen.size === 0) return null
  const customerIds = [...chosen]
  const { rules, ...rest } = filter
  const whole = { ...rest, ...(rules && { rules: JSON.parse(rules) as SegmentRule }) }
  const n = all && total ? total.count : chosen.size
  const people = `${all && total && !total.exact ? 'about ' : ''}${plural(n, 'customer')}`
  /** To those who were chosen at once; to all whom the list holds as a job of the server, which goes on whatever becomes of this page. */
  const change = (deed: Deed) => {
    if (!all) return act.mutate({ body: { customerIds, ...deed } })
    setBusy(true)
    startJob({ kind: 'bulk', filter: whole, action: deed as Extract<Body<'POST /jobs'>, { kind: 'bulk' }>['action'] })
      .then((job) => {
        if (job.status === 'failed') throw new Error(job.error ?? 'It did not come to its end.')
        toast(
          job.status === 'running'
            ? `${people} are being changed; it goes on by itself, see the bottom right`
            : `${plural(job.changed, 'customer')} changed`,
        )
        close()
        clear()
      })
      .catch(toastProblem)
      .finally(() => setBusy(false))
  }
  const more = !all && total !== undefined && chosen.size === shown && total.count > shown
  return (
    <div className="tl-bulk" role="toolbar" aria-label="What to do with the chosen customers">
      <Text size="sm" fw={600} role="status">
        {people} chosen
      </Text>
      {more && (
        <Button size="compact-sm" variant="light" onClick={() => setEverybody(true)}>
          Choose all {total.exact ? '' : '≈ '}
          {count(total.count)}
        </Button>
      )}
      {(Object.keys(deeds) as (keyof typeof deeds)[]).map((action) => (
        <Button key={action} size="compact-sm" variant="default" onClick={() => setAsking(action)}>
          {deeds[action]}
        </Button>
      ))}
      <Button
        size="compact-sm"
        variant="default"
        onClick={() =>
          void exportFile({ kind: 'export', what: 'customers', ...(all ? { filter: whole } : { customerIds }) })
        }
      >
        Export
      </Button>
      {chosen.size === 2 && (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            const [first, second] = customerIds
            if (first && second) setMerging([first, second])
          }}
        >
          Merge the two
        </Button>
      )}
      <Button size="compact-sm" variant="default" color="red" onClick={() => setAsking('archive')}>
        Archive
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        Clear
      </Button>
      {merging && <MergeTwo ids={merging} onClose={() => setMerging(null)} />}
      {asking && asking !== 'archive' && (
        <ActionDialog
          action={asking}
          people={people}
          whom={all ? { filter: whole } : { customerIds }}
          busy={act.isPending || busy}
          onClose={close}
          onAct={change}
          onEnrolled={() => {
            close()
            clear()
          }}
        />
      )}
      <Confirm
        opened={asking === 'archive'}
        title={`Archive ${people}?`}
        deed={`Archive ${people}`}
        danger
        busy={act.isPending || busy}
        onClose={close}
        onConfirm={() => change({ action: 'archive' })}
        {...(n > 500 && { typed: String(n) })}
      >
        No campaign writes to them any more. What happened stays in the history.
      </Confirm>
    </div>
  )
}

type Deed = Omit<Body<'POST /customers/bulk'>, 'customerIds' | 'filter'>

function ActionDialog({
  action,
  people,
  whom,
  busy,
  onClose,
  onAct,
  onEnrolled,
}: {
  action: keyof typeof deeds
  people: string
  /** Who enrolls: those who were chosen, or all whom the list shows, however many. */
  whom: Body<'POST /campaigns/:id/enroll'>
  busy: boolean
  onClose(): void
  onAct(deed: Deed): void
  onEnrolled(): void
}) {
  const tags = useTags()
  const members = useMembers()
  const segments = useApi('GET /segments', { query: { limit: 200 } }).data?.items ?? []
  const campaigns = useApi('GET /campaigns', { query: { status: 'active', limit: 200 } }).data?.items ?? []
  const [value, setValue] = useState('')
  const [fault, setFault] = useState<string>()
  const enroll = useAct('POST /campaigns/:id/enroll', {
    done: `${people} are being enrolled; it goes on by itself, see the bottom right`,
    after: onEnrolled,
  })
  const field = fieldOf[action]
  const options = {
    tag: [],
    segment: segments.filter(({ kind }) => kind === 'static').map(({ id, name }) => ({ value: id, label: name })),
    assign: [{ value: '', label: 'Nobody' }, ...members],
    enroll: campaigns.map(({ id, name }) => ({ value: id, label: name })),
  }[field]
  const label = { tag: 'Tag', segment: 'Segment', assign: 'Owner', enroll: 'Active campaign' }[field]
  const submit = () => {
    const chosen = value.trim()
    if (chosen === '' && field !== 'assign') return setFault(field === 'tag' ? 'Write a tag.' : 'Choose one.')
    if (action === 'enroll') return enroll.mutate({ params: { id: chosen }, body: whom })
    if (action === 'assign') return onAct({ action, memberId: chosen || null })
    if (action === 'addTag' || action === 'removeTag') return onAct({ action, tag: chosen })
    onAct({ action, segmentId: chosen })
  }
  return (
    <Modal opened onClose={onClose} title={`${deeds[action]}: ${people}`}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          {field === 'tag' ? (
            <Autocomplete label={label} data={tags} value={value} onChange={setValue} error={fault} data-autofocus />
          ) : (
            <Select
              label={label}
              data={options}
              value={value}
              onChange={(next) => setValue(next ?? '')}
              error={fault}
              searchable
              nothingFoundMessage="There is none"
              data-autofocus
            />
          )}
          {action === 'enroll' && (
            <Text size="sm" c="dimmed">
              The audience does not matter here. Whoever is inside, or went through before, is passed over and said so.
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy || enroll.isPending}>
              {action === 'enroll' ? `Enroll ${people}` : `Change ${people}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

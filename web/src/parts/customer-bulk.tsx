import { Autocomplete, Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Body } from '../api.ts'
import { plural } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { Confirm } from './bits.tsx'
import { useMembers, useTags } from './choices.ts'

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

/** What can be done to the customers that were chosen in a list; the number stands on each button that does it. */
export function CustomerBulkBar({ chosen, clear }: { chosen: ReadonlySet<string>; clear(): void }) {
  const [asking, setAsking] = useState<Action | null>(null)
  const close = () => setAsking(null)
  const customerIds = [...chosen]
  const act = useAct('POST /customers/bulk', {
    done: ({ changed }) => `${plural(changed, 'customer')} changed`,
    after: () => {
      close()
      clear()
    },
  })
  if (chosen.size === 0) return null
  return (
    <div className="tl-bulk" role="toolbar" aria-label="What to do with the chosen customers">
      <Text size="sm" fw={600} role="status">
        {plural(chosen.size, 'customer')} chosen
      </Text>
      {(Object.keys(deeds) as (keyof typeof deeds)[]).map((action) => (
        <Button key={action} size="compact-sm" variant="default" onClick={() => setAsking(action)}>
          {deeds[action]}
        </Button>
      ))}
      <Button size="compact-sm" variant="default" color="red" onClick={() => setAsking('archive')}>
        Archive
      </Button>
      <Button size="compact-sm" variant="subtle" onClick={clear}>
        Clear
      </Button>
      {asking && asking !== 'archive' && (
        <ActionDialog
          action={asking}
          customerIds={customerIds}
          busy={act.isPending}
          onClose={close}
          onAct={(body) => act.mutate({ body })}
          onEnrolled={() => {
            close()
            clear()
          }}
        />
      )}
      <Confirm
        opened={asking === 'archive'}
        title={`Archive ${plural(chosen.size, 'customer')}?`}
        deed={`Archive ${plural(chosen.size, 'customer')}`}
        danger
        busy={act.isPending}
        onClose={close}
        onConfirm={() => act.mutate({ body: { customerIds, action: 'archive' } })}
      >
        No campaign writes to them any more. What happened stays in the history.
      </Confirm>
    </div>
  )
}

function ActionDialog({
  action,
  customerIds,
  busy,
  onClose,
  onAct,
  onEnrolled,
}: {
  action: keyof typeof deeds
  customerIds: string[]
  busy: boolean
  onClose(): void
  onAct(body: Body<'POST /customers/bulk'>): void
  onEnrolled(): void
}) {
  const tags = useTags()
  const members = useMembers()
  const segments = useApi('GET /segments', { query: { limit: 200 } }).data?.items ?? []
  const campaigns = useApi('GET /campaigns', { query: { status: 'active', limit: 200 } }).data?.items ?? []
  const [value, setValue] = useState('')
  const [fault, setFault] = useState<string>()
  const people = plural(customerIds.length, 'customer')
  const enroll = useAct('POST /campaigns/:id/enroll', { done: `${people} are being enrolled`, after: onEnrolled })
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
    if (action === 'enroll') return enroll.mutate({ params: { id: chosen }, body: { customerIds } })
    if (action === 'assign') return onAct({ customerIds, action, memberId: chosen || null })
    if (action === 'addTag' || action === 'removeTag') return onAct({ customerIds, action, tag: chosen })
    onAct({ customerIds, action, segmentId: chosen })
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

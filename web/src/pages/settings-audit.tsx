import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { dayStart, exact } from '../format.ts'
import { useMembers } from '../parts/choices.ts'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { useApi, usePages } from '../query.ts'
import { Difference, On } from './audit-difference.tsx'
import { auditedThings, deedOf, inPlain } from './audit-words.ts'

type Entry = Item<'GET /audit-log'>

/** Who changed what, and when: by person, by deed, by what it was done to, by days. */
export function AuditSection() {
  const members = useMembers()
  const keys = useApi('GET /api-keys', { query: { limit: 200 } })
  const known = useApi('GET /audit-log/actions')
  const search = useSearch({ from: '/signed-in/shell/settings/$section' })
  const navigate = useNavigate({ from: '/settings/$section' })
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const { actor, action, on, id, since, until } = search
  const list = usePages('GET /audit-log', {
    query: {
      limit: 100,
      ...(actor && { actor }),
      ...(action && { action }),
      ...(on && { objectType: on }),
      ...(id && { objectId: id }),
      ...(since && { since: dayStart(since).toISOString() }),
      ...(until && { until: dayStart(until, 1).toISOString() }),
    },
  })
  const filtered = Boolean(actor || action || on || id || since || until)
  const who = [
    { group: 'Members', items: members.map(({ value, label }) => ({ value: `member:${value}`, label })) },
    { group: 'API keys', items: (keys.data?.items ?? []).map((key) => ({ value: `key:${key.id}`, label: key.name })) },
    {
      group: 'Others',
      items: [
        { value: 'cli', label: 'Command line' },
        { value: 'public', label: 'Not signed in' },
      ],
    },
  ]
  return (
    <Stack gap={12}>
      <Group gap={8} align="end">
        <Select
          label="Who"
          placeholder="Anybody"
          data={who}
          value={actor ?? null}
          clearable
          searchable
          w={180}
          onChange={(value) => go({ actor: value ?? undefined })}
        />
        <Select
          label="What"
          placeholder="Anything"
          data={(known.data?.items ?? []).map((value) => ({ value, label: deedOf(value) }))}
          value={action ?? null}
          clearable
          searchable
          w={210}
          onChange={(value) => go({ action: value ?? undefined })}
        />
        <Select
          label="On what"
          placeholder="On anything"
          data={auditedThings.map((value) => ({ value, label: inPlain(value) }))}
          value={on ?? null}
          clearable
          searchable
          w={160}
          onChange={(value) => go({ on: value ?? undefined, id: undefined })}
        />
        <TextInput
          type="date"
          label="From"
          value={since ?? ''}
          max={until}
          onChange={(event) => go({ since: event.currentTarget.value || undefined })}
        />
        <TextInput
          type="date"
          label="To"
          value={until ?? ''}
          min={since}
          onChange={(event) => go({ until: event.currentTarget.value || undefined })}
        />
        {filtered && (
          <Button
            variant="subtle"
            onClick={() =>
              go({
                actor: undefined,
                action: undefined,
                on: undefined,
                id: undefined,
                since: undefined,
                until: undefined,
              })
            }
          >
            Clear filters
          </Button>
        )}
      </Group>
      <div className="tl-card">
        <DataTable<Entry>
          label="Audit log"
          list={list}
          idOf={(row) => row.id}
          columns={[
            { title: 'When', cell: (row) => <span style={{ whiteSpace: 'nowrap' }}>{exact(row.at)}</span> },
            { title: 'Who', phone: 'bare', cell: (row) => <Who row={row} /> },
            { title: 'What', phone: 'bare', cell: (row) => deedOf(row.action) },
            { title: 'On', phone: 'hide', cell: (row) => <On row={row} /> },
            { title: 'Difference', phone: 'bare', cell: (row) => <Difference row={row} /> },
          ]}
          empty={
            filtered ? (
              <Empty title="Nothing matches">No entry is by them, of this kind and of these days.</Empty>
            ) : (
              <Empty title="Nothing yet">Whatever is changed here is written down, with who did it.</Empty>
            )
          }
        />
      </div>
    </Stack>
  )
}

const others: Record<string, string> = { cli: 'Command line', public: 'Not signed in' }

function Who({ row }: { row: Entry }) {
  const isKey = row.actor.startsWith('key:')
  return (
    <span title={[row.ip && `From ${row.ip}`, row.requestId && `request ${row.requestId}`].filter(Boolean).join(', ')}>
      {row.actorName ?? others[row.actor] ?? inPlain(row.actor.split(':')[0] ?? row.actor)}
      {isKey && <span className="tl-muted"> · API key</span>}
    </span>
  )
}

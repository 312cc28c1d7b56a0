import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { dayStart, exact } from '../format.ts'
import { useMembers } from '../parts/choices.ts'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { useApi, usePages } from '../query.ts'

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
            { title: 'Difference', phone: 'bare', cell: (row) => <Difference detail={row.detail} /> },
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

const pages: Record<string, (id: string) => string> = {
  campaign: (id) => `/campaigns/${id}/overview`,
  customer: (id) => `/customers/${id}`,
  segment: (id) => `/segments/${id}`,
  product: (id) => `/products/${id}`,
  template: (id) => `/templates/${id}`,
  company: (id) => `/companies/${id}`,
}

function On({ row: { objectType, objectId, detail } }: { row: Entry }) {
  const name = typeof detail.name === 'string' ? `“${detail.name}”` : ''
  const words = `${inPlain(objectType)} ${name || (objectType === 'route' ? (objectId ?? '') : '')}`.trim()
  const page = objectId ? pages[objectType]?.(objectId) : undefined
  return page ? (
    <Link to={page} className="tl-link">
      {words}
    </Link>
  ) : (
    <span>{words}</span>
  )
}

const inPlain = (word: string): string => {
  const text = word === 'api-key' ? 'API key' : word.replaceAll(/[-_]/g, ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** "campaign.activated" → "Campaign activated". */
const deedOf = (action: string): string => inPlain(action.replaceAll('.', ' ')).replace('Api key', 'API key')

/** What the audit log tells of. */
const auditedThings = [
  'campaign',
  'trigger',
  'customer',
  'company',
  'segment',
  'product',
  'template',
  'credential',
  'member',
  'account',
  'invitation',
  'api-key',
  'workspace',
  'suppression',
  'webhook',
  'route',
]

interface Change {
  from: unknown
  to: unknown
}
const isChange = (value: unknown): value is Change =>
  typeof value === 'object' && value !== null && 'from' in value && 'to' in value
const inWords = (value: unknown): string =>
  value === null || value === '' || value === undefined
    ? 'nothing'
    : typeof value === 'string'
      ? value
      : typeof value === 'boolean'
        ? value
          ? 'yes'
          : 'no'
        : Array.isArray(value)
          ? value.map(inWords).join(', ')
          : JSON.stringify(value)
/** "frequencyCapPerDay" → "frequency cap per day". */
const fieldName = (field: string): string => field.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

/** A change of the thing as a whole stands first; what is empty says nothing. */
function fieldsOf({ from, to, ...detail }: Record<string, unknown>): [string, unknown][] {
  const whole: [string, unknown][] =
    isChange({ from, to }) && from !== undefined && to !== undefined ? [['', { from, to }]] : []
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  const rest = from !== undefined && to !== undefined ? detail : { ...detail, from, to }
  return [...whole, ...Object.entries(rest).filter(([, value]) => !isEmpty(value))]
}

/** Beyond so many fields the rest is folded away. */
const openFields = 3

/** Field by field: before and after where both are known, else what was noted. */
function Difference({ detail }: { detail: Record<string, unknown> }) {
  const fields = fieldsOf(detail)
  if (fields.length === 0) return <span className="tl-muted">—</span>
  const shown = <Fields fields={fields.slice(0, openFields)} />
  if (fields.length <= openFields) return shown
  return (
    <>
      {shown}
      <details>
        <summary style={{ fontSize: 12 }}>{fields.length - openFields} more</summary>
        <Fields fields={fields.slice(openFields)} />
      </details>
    </>
  )
}

function Fields({ fields }: { fields: [string, unknown][] }) {
  return (
    <dl className="tl-difference">
      {fields.map(([field, value]) => (
        <div key={field}>
          <dt>{fieldName(field)}</dt>
          <dd>
            {isChange(value) ? (
              <>
                <del>{inWords(value.from)}</del> → <ins>{inWords(value.to)}</ins>
              </>
            ) : (
              inWords(value)
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

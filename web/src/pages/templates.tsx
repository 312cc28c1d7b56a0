import { Button, Group, Select, Text } from '@mantine/core'
import { IconPlus, IconTemplate } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer, Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { Time } from '../parts/bits.tsx'
import { NewTemplate } from '../parts/new-template.tsx'
import { Empty, Failure, Loading, Page } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { ofTotal } from '../parts/table.tsx'
import { TemplateThumb } from '../parts/template-thumb.tsx'
import { usePages } from '../query.ts'
import '../templates/templates.css'

type Template = Answer<'GET /templates/:id'>
type Channel = Template['channel']

const channels: { value: Channel; label: string }[] = [
  { value: 'email', label: 'Email' },
  { value: 'telegram', label: 'Telegram' },
  { value: 'linkedin', label: 'LinkedIn' },
  { value: 'ai', label: 'AI prompts' },
]

/** What the gallery is ordered by; the first one unless the address says otherwise. */
const orders = [
  { value: '-createdAt', label: 'Newest first' },
  { value: '-updatedAt', label: 'Changed last' },
  { value: 'name', label: 'By name' },
] as const

/** Message templates as one would get them, by channel. */
export function TemplatesPage() {
  const search = useSearch({ from: '/signed-in/shell/templates' })
  const navigate = useNavigate({ from: '/templates' })
  const [adding, setAdding] = useState(false)
  const channel = channels.find(({ value }) => value === search.channel)?.value
  const list = usePages('GET /templates', {
    query: {
      limit: 60,
      total: 'true',
      ...(channel && { channel }),
      ...(search.q && { q: search.q }),
      ...sortIn(search.sort, ['name', 'updatedAt', 'createdAt']),
    },
  })
  const narrowed = channel !== undefined || search.q !== undefined
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New template
    </Button>
  )
  return (
    <Page
      title="Templates"
      actions={
        <Group gap={8}>
          <SearchField
            label="Search templates"
            value={search.q ?? ''}
            onChange={(q) => void navigate({ search: { ...search, q: q || undefined }, replace: true })}
          />
          {add}
        </Group>
      }
    >
      <nav className="tl-tabs" aria-label="Channels">
        {[{ value: undefined, label: 'All' }, ...channels].map(({ value, label }) => (
          <button
            key={label}
            type="button"
            aria-pressed={channel === value}
            onClick={() => void navigate({ search: { ...search, channel: value }, replace: true })}
          >
            {label}
          </button>
        ))}
      </nav>
      <Group justify="flex-end" mb={10}>
        <Select
          aria-label="Order"
          size="xs"
          w={140}
          data={orders}
          value={orders.find(({ value }) => value === search.sort)?.value ?? orders[0].value}
          allowDeselect={false}
          onChange={(sort) =>
            void navigate({
              search: { ...search, sort: sort === orders[0].value ? undefined : (sort ?? undefined) },
              replace: true,
            })
          }
        />
      </Group>
      {list.loading ? (
        <Loading />
      ) : list.error && list.items.length === 0 ? (
        <Failure error={list.error} retry={list.retry} />
      ) : list.items.length === 0 ? (
        <div className="tl-card">
          {narrowed ? (
            <Empty
              title={search.q ? `Nothing matches “${search.q}”` : 'Nothing matches'}
              action={
                <Button variant="default" onClick={() => void navigate({ search: {} })}>
                  Clear filters
                </Button>
              }
            />
          ) : (
            <Empty title="No templates yet" icon={<IconTemplate size={24} stroke={1.7} />} action={add}>
              Write a message once and send it from several campaigns.
            </Empty>
          )}
        </div>
      ) : (
        <>
          <ul className="tl-gallery">
            {list.items.map((template) => (
              <Card key={template.id} template={template} />
            ))}
          </ul>
          <Text size="xs" c="dimmed" mt={10} role="status">
            1–{count(list.items.length)}
            {ofTotal(list.total, list.items.length)}
          </Text>
          {list.hasMore && (
            <Button variant="subtle" loading={list.loadingMore} onClick={list.more} mt={12}>
              Load more
            </Button>
          )}
        </>
      )}
      {adding && (
        <NewTemplate
          onClose={() => setAdding(false)}
          onMade={(template) => void navigate({ to: '/templates/$id', params: { id: template.id } })}
        />
      )}
    </Page>
  )
}

/** A template in the gallery. */
function Card({ template }: { template: Item<'GET /templates'> }) {
  const { id, name, subject, channel, usedBy, version, updatedAt } = template
  return (
    <li className="tl-card tl-template">
      <TemplateThumb id={id} version={version} name={name} />
      <span className="tl-template-words">
        <Link to="/templates/$id" params={{ id }} className="tl-row-link">
          {name}
        </Link>
        <span className="tl-muted">{channel === 'email' ? subject || 'No subject' : labelOf(channel)}</span>
        <span className="tl-muted">
          {usedBy > 0 ? `In ${plural(usedBy, 'campaign')}` : 'Not used yet'} · <Time at={updatedAt} />
        </span>
      </span>
    </li>
  )
}

const labelOf = (channel: Channel): string => channels.find(({ value }) => value === channel)?.label ?? channel

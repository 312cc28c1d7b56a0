import { Anchor, Modal, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'
import { Empty, Loading } from '../parts/page.tsx'
import { TemplateThumb } from '../parts/template-thumb.tsx'
import { useApi } from '../query.ts'
import { useFormContext } from './context.ts'
import { needsOf } from './template-glance.tsx'

/** Templates of a channel as the preview customer would get them, to choose one. */
export default function TemplateBrowser({
  channel,
  chosen,
  onChoose,
  onClose,
}: {
  channel: 'email' | 'telegram' | 'linkedin'
  chosen: string | null
  onChoose(name: string): void
  onClose(): void
}) {
  const { previewAs } = useFormContext()
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search.trim(), 200)
  const found = useApi('GET /templates', { query: { limit: 60, channel, ...(q && { q }) } })
  const items = found.data?.items ?? []
  return (
    <Modal opened onClose={onClose} size="xl" title="Choose a template">
      <TextInput
        data-autofocus
        aria-label="Search templates"
        placeholder="Search by name or subject"
        leftSection={<IconSearch size={15} aria-hidden />}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
      />
      <Text size="xs" c="dimmed" my={8}>
        As {previewAs?.name.split(' · ')[0] ?? 'somebody made up'} would get them. A chosen one replaces the subject and
        body of the step; Ctrl Z takes that back.
      </Text>
      {found.isPending ? (
        <Loading rows={3} />
      ) : items.length === 0 ? (
        <Empty title={q ? `Nothing matches “${q}”` : 'No templates yet'} />
      ) : (
        <ul className="tl-template-choices">
          {items.map(({ id, name, subject, body, version }) => {
            const needs = needsOf(`${subject} ${body}`)
            return (
              <li key={id} className="tl-card" data-chosen={name === chosen || undefined}>
                <button type="button" aria-pressed={name === chosen} onClick={() => onChoose(name)}>
                  <TemplateThumb id={id} version={version} name={name} customerId={previewAs?.id} />
                  <span className="tl-choice-name">
                    <bdi>{name}</bdi>
                  </span>
                  {channel === 'email' && (
                    <span className="tl-muted">
                      <bdi>{subject || 'No subject'}</bdi>
                    </span>
                  )}
                  {needs.length > 0 && <span className="tl-muted">Needs {needs.join(', ')}</span>}
                </button>
                <Anchor size="xs" href={`/templates/${id}`} target="_blank" rel="noopener">
                  Edit in a new tab
                </Anchor>
              </li>
            )
          })}
        </ul>
      )}
    </Modal>
  )
}

import { Anchor, Group, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../api.ts'
import { MailFrame } from '../parts/mail-frame.tsx'
import { useApi } from '../query.ts'
import { useFormContext } from './context.ts'

/** The variables that a text names: `{{customer.firstName}}`. */
export const needsOf = (text: string): string[] => [
  ...new Set([...text.matchAll(/\{\{-?\s*([a-zA-Z][\w.-]*\.[\w.-]+)/g)].map(([, path]) => path ?? '')),
]

/** What a chosen template needs and how it reads for the preview customer, rendered by the code that sends. */
export function TemplateGlance({ name }: { name: string }) {
  const { previewAs } = useFormContext()
  const [open, setOpen] = useState(false)
  const templates = useApi('GET /templates', { query: { limit: 200 } }, { staleTime: 15_000 })
  const template = templates.data?.items.find((one) => one.name === name)
  const rendered = useQuery({
    queryKey: ['template glance', template?.id, template?.version, previewAs?.id ?? null],
    queryFn: ({ signal }) =>
      api('POST /templates/preview', {
        body: {
          subject: template?.subject ?? '',
          body: template?.body ?? '',
          customerId: previewAs?.id ?? null,
        },
        signal,
      }),
    enabled: open && template !== undefined,
    placeholderData: keepPreviousData,
  })
  if (!template) return null
  const needs = needsOf(`${template.subject} ${template.body}`)
  return (
    <div style={{ marginTop: 6 }}>
      <Group gap={12}>
        <Anchor component="button" type="button" size="xs" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the preview' : `Preview as ${previewAs?.name ?? 'somebody made up'}`}
        </Anchor>
        <Anchor size="xs" href={`/templates/${template.id}`} target="_blank" rel="noopener">
          Edit in a new tab
        </Anchor>
      </Group>
      {needs.length > 0 && (
        <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere' }}>
          Needs {needs.join(', ')}
        </Text>
      )}
      {open && rendered.data && (
        <div style={{ marginTop: 6 }}>
          {rendered.data.subject && (
            <Text size="sm" fw={600} mb={4} style={{ overflowWrap: 'anywhere' }}>
              {rendered.data.subject}
            </Text>
          )}
          {template.channel === 'email' ? (
            <MailFrame title={`Preview of ${name}`} html={rendered.data.html} />
          ) : (
            <pre className="tl-plain-text">{rendered.data.text}</pre>
          )}
        </div>
      )}
    </div>
  )
}

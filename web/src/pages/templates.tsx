import { Button, Drawer, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDebouncedValue } from '@mantine/hooks'
import { IconArchive, IconHistory, IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { Confirm, FormProblem, MoreMenu, Time } from '../parts/bits.tsx'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { MailFrame } from '../parts/mail-frame.tsx'
import { NewTemplate } from '../parts/new-template.tsx'
import { Empty, Loading, Page, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { fieldErrors, queryClient, toast, useAct, useApi, usePages } from '../query.ts'

type Template = Answer<'GET /templates/:id'>

/** Message templates. */
export function TemplatesPage() {
  const navigate = useNavigate()
  const [adding, setAdding] = useState(false)
  const list = usePages('GET /templates', { query: { limit: 100 } })
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      New template
    </Button>
  )
  return (
    <Page title="Templates" actions={add}>
      <div className="tl-card">
        <DataTable
          label="Templates"
          list={list}
          idOf={(template) => template.id}
          href={(template) => `/templates/${template.id}`}
          columns={[
            { title: 'Name', phone: 'bare', cell: (template) => template.name },
            {
              title: 'Subject',
              phone: 'bare',
              cell: (template) => template.subject || <span className="tl-muted">—</span>,
            },
            { title: 'Version', align: 'right', phone: 'hide', cell: (template) => template.version },
            { title: 'Updated', phone: 'hide', cell: (template) => <Time at={template.updatedAt} /> },
          ]}
          empty={
            <Empty title="No templates yet" action={add}>
              Write a message once and send it from several campaigns.
            </Empty>
          }
        />
      </div>
      {adding && (
        <NewTemplate
          onClose={() => setAdding(false)}
          onMade={(template) => void navigate({ to: '/templates/$id', params: { id: template.id } })}
        />
      )}
    </Page>
  )
}

/** The editor: text on the left, on the right what a customer would get, rendered by the code that sends. */
export function TemplatePage() {
  const { id } = useParams({ from: '/signed-in/shell/templates/$id' })
  const template = useApi('GET /templates/:id', { params: { id } })
  return (
    <Show of={template} back={{ to: '/templates', label: 'All templates' }}>
      {(found) => <Editor key={id} template={found} />}
    </Show>
  )
}

const names = ['name', 'subject', 'body'] as const

function Editor({ template }: { template: Template }) {
  const navigate = useNavigate()
  const [archiving, setArchiving] = useState(false)
  const [history, setHistory] = useState(false)
  const form = useForm({
    initialValues: { name: template.name, subject: template.subject, body: template.body, '': '' },
  })
  const archive = useAct('DELETE /templates/:id', {
    done: `“${template.name}” archived`,
    after: () => void navigate({ to: '/templates' }),
  })
  const submit = form.onSubmit(async ({ name, subject, body }) => {
    try {
      await api('PATCH /templates/:id', {
        params: { id: template.id },
        body: { name, subject, body },
        ifMatch: template.version,
      })
      await queryClient.invalidateQueries()
      form.resetDirty()
      toast('Template saved')
    } catch (problem) {
      void queryClient.invalidateQueries()
      form.setErrors(fieldErrors(problem, names))
    }
  })
  return (
    <Page
      title={template.name}
      wide
      back={{ to: '/templates', label: 'Templates' }}
      actions={
        <Group gap={8}>
          <Text size="sm" c="dimmed" role="status">
            {form.isDirty() ? 'Not saved yet' : `Version ${template.version}`}
          </Text>
          <Button loading={form.submitting} onClick={() => submit()}>
            Save
          </Button>
          <MoreMenu
            label="More actions"
            entries={[
              { label: 'Versions', icon: <IconHistory size={16} />, run: () => setHistory(true) },
              { label: 'Archive…', icon: <IconArchive size={16} />, run: () => setArchiving(true), danger: true },
            ]}
          />
        </Group>
      }
    >
      <div style={{ display: 'grid', gap: 20, gridTemplateColumns: 'repeat(auto-fit, minmax(min(420px, 100%), 1fr))' }}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Name" required {...form.getInputProps('name')} />
          <TextInput
            label="Subject"
            placeholder="Quick question, {{customer.firstName}}"
            {...form.getInputProps('subject')}
          />
          <Textarea
            label="Body"
            description="Plain text or HTML, with Liquid: {{customer.firstName | default: &quot;there&quot;}}."
            autosize
            minRows={16}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            {...form.getInputProps('body')}
          />
          {template.problems.map((problem) => (
            <Text key={problem.field + problem.message} size="sm" c="var(--tl-warn)">
              ⚠ {problem.field}: {problem.message}
            </Text>
          ))}
        </Stack>
        <Preview subject={form.values.subject} body={form.values.body} />
      </div>
      {history && (
        <Versions
          template={template}
          onClose={() => setHistory(false)}
          onTake={({ subject, body, number }) => {
            form.setValues({ subject, body })
            setHistory(false)
            toast(`The text of version ${number} is in the editor. Save makes it the newest.`)
          }}
        />
      )}
      <Confirm
        opened={archiving}
        title={`Archive “${template.name}”?`}
        deed="Archive template"
        danger
        busy={archive.isPending}
        onClose={() => setArchiving(false)}
        onConfirm={() => archive.mutate({ params: { id: template.id } })}
      >
        Its name is free again. A template that campaigns name is not archived.
      </Confirm>
    </Page>
  )
}

/** What the template said before; any of it can be taken back into the editor. */
function Versions({
  template,
  onClose,
  onTake,
}: {
  template: Template
  onClose(): void
  onTake(version: { number: number; subject: string; body: string }): void
}) {
  const list = usePages('GET /templates/:id/versions', { params: { id: template.id }, query: { limit: 50 } })
  return (
    <Drawer opened onClose={onClose} position="right" size={560} title={`Versions of “${template.name}”`}>
      <Stack>
        {list.loading && <Loading rows={3} />}
        {list.items.map((version) => (
          <section key={version.number} className="tl-card" style={{ padding: 12 }}>
            <Group justify="space-between" mb={6}>
              <Text size="sm" fw={600}>
                Version {version.number} · <Time at={version.savedAt} />
              </Text>
              {version.number !== template.version && (
                <Button size="compact-sm" variant="default" onClick={() => onTake(version)}>
                  Take this text back
                </Button>
              )}
            </Group>
            <Text size="sm" fw={500}>
              {version.subject || <span className="tl-muted">No subject</span>}
            </Text>
            <pre style={{ whiteSpace: 'pre-wrap', margin: '6px 0 0', maxHeight: 180, overflow: 'auto', fontSize: 12 }}>
              {version.body}
            </pre>
          </section>
        ))}
        {list.hasMore && (
          <Button variant="subtle" onClick={list.more} loading={list.loadingMore}>
            Load more
          </Button>
        )}
      </Stack>
    </Drawer>
  )
}

function Preview({ subject, body }: { subject: string; body: string }) {
  const customers = useApi('GET /customers', { query: { limit: 1 } })
  const [customerId, setCustomerId] = useState<string | null>(null)
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop')
  const chosen = customerId ?? customers.data?.items[0]?.id ?? null
  const [asked] = useDebouncedValue(JSON.stringify({ subject, body, ...(chosen && { customerId: chosen }) }), 400)
  const preview = useQuery({
    queryKey: ['template preview', asked],
    queryFn: ({ signal }) => api('POST /templates/preview', { body: JSON.parse(asked), signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  return (
    <Stack>
      <Group gap={8}>
        <div style={{ flex: 1 }}>
          <CustomerSelect
            label="Preview as"
            value={chosen}
            onChange={setCustomerId}
            placeholder="Nobody yet: sample values"
          />
        </div>
        <SegmentedControl
          mt={22}
          aria-label="How"
          data={[
            { value: 'desktop', label: 'Desktop' },
            { value: 'phone', label: 'Phone' },
            { value: 'text', label: 'Text' },
          ]}
          value={view}
          onChange={(value) => setView(value as 'desktop' | 'phone' | 'text')}
        />
      </Group>
      {preview.error && (
        <Text c="var(--tl-bad)" role="alert">
          {preview.error.message}
        </Text>
      )}
      {preview.data?.error && (
        <Text c="var(--tl-bad)" role="alert">
          {preview.data.error}
        </Text>
      )}
      {preview.data && (
        <div className="tl-card" style={{ padding: 14, opacity: preview.isPlaceholderData ? 0.6 : 1 }}>
          <Text fw={600} mb={8}>
            {preview.data.subject || <span className="tl-muted">No subject</span>}
          </Text>
          {view === 'text' ? (
            <pre style={{ whiteSpace: 'pre-wrap', margin: 0, fontFamily: 'inherit' }}>{preview.data.text}</pre>
          ) : (
            <MailFrame title="Preview" html={preview.data.html} width={view === 'phone' ? 375 : undefined} />
          )}
        </div>
      )}
    </Stack>
  )
}

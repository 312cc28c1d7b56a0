import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconArchive, IconHistory, IconSend } from '@tabler/icons-react'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { commonVariables, type FormContext, FormProvider } from '../form/context.ts'
import { LiquidWidget } from '../form/liquid-widget.tsx'
import { plural } from '../format.ts'
import { FormProblem, MoreMenu, StatusPill } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { useEdited } from '../parts/edited.tsx'
import { Page, Show } from '../parts/page.tsx'
import { queryClient, showRefusal, toast, useAct, useApi } from '../query.ts'
import { MailBodyWidget } from '../write/mail-body.tsx'
import { Checks, Preview } from './preview.tsx'
import { TestSend } from './test-send.tsx'
import { Versions } from './versions.tsx'
import './templates.css'

type Template = Answer<'GET /templates/:id'>
type Use = Answer<'GET /templates/:id/uses'>['items'][number]

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
  const [dialog, setDialog] = useState<'archive' | 'versions' | 'test' | 'update' | null>(null)
  const [customerId, setCustomerId] = useState<string | null>(null)
  const uses = useApi('GET /templates/:id/uses', { params: { id: template.id } }).data?.items ?? []
  const form = useForm({
    initialValues: { name: template.name, subject: template.subject, body: template.body, '': '' },
  })
  const { subject, body } = form.values
  const archive = useAct('DELETE /templates/:id', {
    done: `“${template.name}” archived`,
    after: () => void navigate({ to: '/templates' }),
  })
  const send = async (version: number) => {
    const { name, subject, body } = form.getValues()
    setDialog(null)
    try {
      const saved = await api('PATCH /templates/:id', {
        params: { id: template.id },
        body: { name, subject, body },
        ifMatch: version,
      })
      edited.saved(saved.version)
      await queryClient.invalidateQueries()
      form.resetDirty()
      toast('Template saved')
    } catch (problem) {
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, names)
    }
  }
  const edited = useEdited(template.version, {
    keep: (version) => void send(version),
    take: async () => {
      const theirs = await api('GET /templates/:id', { params: { id: template.id } })
      form.setValues({ name: theirs.name, subject: theirs.subject, body: theirs.body })
      form.resetDirty()
      return theirs.version
    },
  })
  const save = form.onSubmit(() => send(edited.version))
  const textChanged = subject !== template.subject || body !== template.body
  const sends = uses.filter(({ status }) => status !== 'draft')
  const isMessage = template.channel !== 'ai'
  const facts = useTemplateFacts()
  const Body = template.channel === 'email' ? MailBodyWidget : LiquidWidget
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
          {isMessage && (
            <Button variant="default" leftSection={<IconSend size={16} />} onClick={() => setDialog('test')}>
              Send a test
            </Button>
          )}
          <Button
            loading={form.submitting}
            onClick={() => (textChanged && sends.length > 0 ? setDialog('update') : save())}
          >
            Save
          </Button>
          <MoreMenu
            label="More actions"
            entries={[
              { label: 'Versions', icon: <IconHistory size={16} />, run: () => setDialog('versions') },
              { label: 'Archive…', icon: <IconArchive size={16} />, run: () => setDialog('archive'), danger: true },
            ]}
          />
        </Group>
      }
    >
      <FormProvider value={facts}>
        <div className="tl-editor">
          <Stack>
            <FormProblem text={form.errors[''] as string | undefined} />
            {edited.notice}
            <TextInput label="Name" required {...form.getInputProps('name')} />
            {template.channel === 'email' && (
              <LiquidWidget
                path="subject"
                label="Subject"
                schema={{
                  type: 'string',
                  'x-template': 'full',
                  'x-placeholder': 'Quick question, {{customer.firstName}}',
                }}
                required={false}
                value={subject}
                inner={[]}
                error={form.errors.subject as string | undefined}
                onChange={(text) => form.setFieldValue('subject', String(text ?? ''))}
              />
            )}
            <Body
              path="body"
              label="Body"
              schema={{
                ...{ type: 'string', 'x-widget': template.channel === 'email' ? 'mail' : 'code' },
                ...(isMessage && { 'x-template': 'full' }),
                ...(template.channel !== 'email' && {
                  description: isMessage
                    ? 'Plain text. { } puts a variable in, with what is said where somebody lacks it.'
                    : 'The instructions of the AI, in plain words.',
                }),
              }}
              required={false}
              value={body}
              inner={[]}
              error={form.errors.body as string | undefined}
              onChange={(text) => form.setFieldValue('body', String(text ?? ''))}
            />
            {template.problems.map((problem) => (
              <Text key={problem.field + problem.message} size="sm" c="var(--tl-warn)">
                ⚠ {problem.field}: {problem.message}
              </Text>
            ))}
            <UsedIn uses={uses} />
          </Stack>
          {isMessage && (
            <Stack>
              <Preview
                channel={template.channel}
                subject={subject}
                body={body}
                customerId={customerId}
                onCustomer={setCustomerId}
              />
              {template.channel === 'email' && <Checks subject={subject} body={body} customerId={customerId} />}
            </Stack>
          )}
        </div>
      </FormProvider>
      {dialog === 'versions' && (
        <Versions
          template={template}
          current={{ subject, body }}
          onClose={() => setDialog(null)}
          onTake={(version) => {
            form.setValues({ subject: version.subject, body: version.body })
            setDialog(null)
            toast(`The text of version ${version.number} is in the editor. Save makes it the newest.`)
          }}
        />
      )}
      {dialog === 'test' && template.channel !== 'ai' && (
        <TestSend
          template={template}
          channel={template.channel}
          subject={subject}
          body={body}
          customerId={customerId}
          onClose={() => setDialog(null)}
        />
      )}
      <Confirm
        opened={dialog === 'update'}
        title={`Update ${plural(sends.length, 'campaign')} that ${sends.length === 1 ? 'uses' : 'use'} it?`}
        deed={`Save and update ${plural(sends.length, 'campaign')}`}
        busy={form.submitting}
        onClose={() => setDialog(null)}
        onConfirm={() => save()}
      >
        What {sends.length === 1 ? 'it sends' : 'they send'} from now on says the new text; what was sent stays as it
        was.
        <UseList uses={sends} />
      </Confirm>
      <Confirm
        opened={dialog === 'archive'}
        title={`Archive “${template.name}”?`}
        deed="Archive template"
        danger
        busy={archive.isPending}
        onClose={() => setDialog(null)}
        onConfirm={() => archive.mutate({ params: { id: template.id } })}
      >
        Its name is free again. A template that campaigns name is not archived.
      </Confirm>
    </Page>
  )
}

/** The variables that a template may name: what every message has, what this workspace's customers have beside it, and who has it. */
function useTemplateFacts(): FormContext {
  const attributes = useApi('GET /customers/attributes', {}, { staleTime: 300_000 })
  return useMemo(() => {
    const items = attributes.data?.items ?? []
    const shares = new Map(items.map(({ path, share }) => [`customer.${path}`, share]))
    const own = items
      .filter(({ path }) => path.startsWith('attributes.') || path.startsWith('company.attributes.'))
      .map(({ path }) => ({
        group: 'Attributes',
        path: `customer.${path}`,
        label: path.replace(/^.*attributes\./, ''),
      }))
    return {
      variables: [...commonVariables, ...own],
      readOnly: null,
      settle: () => {},
      coverageOf: (path) => shares.get(path),
    }
  }, [attributes.data])
}

function UsedIn({ uses }: { uses: Use[] }) {
  if (uses.length === 0) return null
  return (
    <section className="tl-card" style={{ padding: '12px 14px' }} aria-label="Used in">
      <Text fw={600} size="sm">
        Used in {plural(uses.length, 'campaign')}
      </Text>
      <UseList uses={uses} />
    </section>
  )
}

function UseList({ uses }: { uses: Use[] }) {
  return (
    <ul style={{ listStyle: 'none', margin: '6px 0 0', padding: 0, fontSize: 13 }}>
      {uses.map(({ id, name, status }) => (
        <li key={id} style={{ display: 'flex', gap: 8, padding: '3px 0', alignItems: 'center' }}>
          <Link to="/campaigns/$id/$tab" params={{ id, tab: 'overview' }}>
            {name}
          </Link>
          <StatusPill status={status} />
        </li>
      ))}
    </ul>
  )
}

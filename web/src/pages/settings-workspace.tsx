import {
  Button,
  Group,
  Modal,
  NumberInput,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, ApiProblem, api, type Item } from '../api.ts'
import { exact } from '../format.ts'
import { FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty, Show } from '../parts/page.tsx'
import { SecretInput } from '../parts/secret-input.tsx'
import { DataTable } from '../parts/table.tsx'
import { WhoCan } from '../parts/who-can.tsx'
import { queryClient, showRefusal, toast, useAct, useApi, usePages } from '../query.ts'
import { useCan, useMe } from '../session.tsx'

type Workspace = Answer<'GET /workspace'>

/** Name, postal address, zone, caps, and the red switch. */
export function WorkspaceSection() {
  const workspace = useApi('GET /workspace')
  return (
    <Show of={workspace}>
      {(found) => (
        <Stack>
          <WorkspaceForm workspace={found} />
          <StopSending workspace={found} />
        </Stack>
      )}
    </Show>
  )
}

const valuesOf = (workspace: Workspace) => ({
  name: workspace.name,
  postalAddress: workspace.postalAddress ?? '',
  timezone: workspace.timezone,
  frequencyCapPerDay: workspace.frequencyCapPerDay ?? ('' as number | string),
  trackingConsentDefault: workspace.trackingConsentDefault,
  '': '',
})

function WorkspaceForm({ workspace }: { workspace: Workspace }) {
  const can = useCan()
  const form = useForm({ initialValues: valuesOf(workspace) })
  const save = async (version: number) => {
    const { postalAddress, frequencyCapPerDay, '': _, ...rest } = form.getValues()
    const cap = frequencyCapPerDay === '' ? null : Number(frequencyCapPerDay)
    const body = { ...rest, postalAddress: postalAddress.trim() || null, frequencyCapPerDay: cap }
    try {
      const saved = await api('PATCH /workspace', { body, ifMatch: version })
      edited.saved(saved.version)
      toast('Workspace saved')
    } catch (problem) {
      const names = ['name', 'postalAddress', 'timezone', 'frequencyCapPerDay', 'trackingConsentDefault']
      if (!edited.refused(problem)) showRefusal(form, problem, names)
    }
    void queryClient.invalidateQueries()
  }
  const edited = useEdited(workspace.version, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /workspace')
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  const fixed = !can('workspace.write')
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)} className="tl-card" style={{ padding: 20, maxWidth: 640 }}>
      <Stack>
        <FormProblem text={form.errors[''] as string | undefined} />
        {edited.notice}
        {fixed && <WhoCan deed="change these" />}
        <TextInput label="Name" required readOnly={fixed} {...form.getInputProps('name')} />
        <Textarea
          label="Postal address"
          description="Stands in the footer of real email; the law asks for it."
          autosize
          minRows={2}
          readOnly={fixed}
          {...form.getInputProps('postalAddress')}
        />
        <Select
          label="Time zone"
          description="For customers whose own zone is not known."
          data={
            Intl.supportedValuesOf('timeZone').includes(workspace.timezone)
              ? Intl.supportedValuesOf('timeZone')
              : [workspace.timezone, ...Intl.supportedValuesOf('timeZone')]
          }
          searchable
          limit={60}
          allowDeselect={false}
          readOnly={fixed}
          {...form.getInputProps('timezone')}
        />
        <NumberInput
          label="Messages a day for one customer"
          description="At most so many marketing messages in a day of theirs, over all campaigns and channels; the next is passed over. Empty: any number."
          placeholder="Any number"
          min={1}
          clampBehavior="none"
          allowDecimal={false}
          readOnly={fixed}
          {...form.getInputProps('frequencyCapPerDay')}
        />
        <Select
          label="Open tracking of customers who never said"
          data={[
            { value: 'yes', label: 'Track opens' },
            { value: 'no', label: 'Do not track opens' },
          ]}
          allowDeselect={false}
          readOnly={fixed}
          {...form.getInputProps('trackingConsentDefault')}
        />
        {!fixed && (
          <Group>
            <Button type="submit" loading={form.submitting}>
              Save workspace
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  )
}

function StopSending({ workspace }: { workspace: Workspace }) {
  const stop = useAct('POST /workspace/stop-sending', {
    done: (after) => (after.stopSending ? 'All sending stopped' : 'Sending goes on'),
  })
  return (
    <div className="tl-card" style={{ padding: 20, maxWidth: 640 }}>
      <Title order={2} mb={6}>
        Stop all sending
      </Title>
      <Switch
        color="red"
        label={workspace.stopSending ? 'All sending is stopped' : 'Nothing is stopped'}
        description="While on, no message is handed to any provider, whatever a campaign says. Messages wait."
        checked={workspace.stopSending}
        onChange={(event) => stop.mutate({ body: { on: event.currentTarget.checked } })}
      />
    </div>
  )
}

/** One's own name and password. */
export function AccountSection() {
  const me = useMe()
  const form = useForm({ initialValues: { name: me.account?.name ?? '', currentPassword: '', password: '', '': '' } })
  const submit = form.onSubmit(async ({ name, currentPassword, password }) => {
    try {
      await api('PATCH /me', { body: { name, ...(password && { password, currentPassword }) } })
      form.setValues({ currentPassword: '', password: '' })
      toast(password ? 'Saved. Other sessions of yours ended' : 'Account saved')
      void queryClient.invalidateQueries()
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.code === 'bad_credentials')
        form.setFieldError('currentPassword', 'This is not your current password.')
      else showRefusal(form, problem, ['name', 'currentPassword', 'password'])
    }
  })
  return (
    <form onSubmit={submit} onInvalid={showInvalid(form)} className="tl-card" style={{ padding: 20, maxWidth: 480 }}>
      <Stack>
        <FormProblem text={form.errors[''] as string | undefined} />
        <Text>
          {me.account?.email} <span className="tl-muted">· {me.role}</span>
        </Text>
        <TextInput label="Name" required autoComplete="name" {...form.getInputProps('name')} />
        <SecretInput
          label="New password"
          description="Empty: keep the one you have."
          autoComplete="new-password"
          minLength={8}
          {...form.getInputProps('password')}
        />
        {form.values.password !== '' && (
          <SecretInput
            label="Current password"
            required
            autoComplete="current-password"
            {...form.getInputProps('currentPassword')}
          />
        )}
        <Group>
          <Button type="submit" loading={form.submitting}>
            Save account
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

type Suppression = Item<'GET /suppressions'>

/** Who is not written to. */
export function SuppressionsSection() {
  const can = useCan()
  const list = usePages('GET /suppressions', { query: { limit: 100 } })
  const [adding, setAdding] = useState(false)
  const [lifting, setLifting] = useState<Suppression | null>(null)
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">No campaign writes to anybody listed here.</Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          Suppress an address
        </Button>
      </Group>
      <div className="tl-card">
        <DataTable<Suppression>
          label="Suppressions"
          list={list}
          idOf={(row) => row.id}
          columns={[
            {
              title: 'Who',
              phone: 'bare',
              cell: (row) => row.address ?? 'An erased person',
            },
            { title: 'Channel', cell: (row) => row.channel },
            {
              title: 'Reason',
              phone: 'bare',
              cell: (row) => (
                <Pill tone={row.reason === 'complaint' || row.reason === 'bounce' ? 'bad' : 'warn'}>{row.reason}</Pill>
              ),
            },
            { title: 'Since', cell: (row) => <Time at={row.createdAt} /> },
          ]}
          {...(can('suppressions.lift') && {
            menu: (row: Suppression) => (
              <MoreMenu
                label={`Actions for ${row.address ?? 'this person'}`}
                entries={[{ label: 'Lift…', run: () => setLifting(row), danger: true }]}
              />
            ),
          })}
          empty={
            <Empty title="Nobody is suppressed">
              Unsubscribes, hard bounces and complaints land here by themselves.
            </Empty>
          }
        />
      </div>
      {adding && <SuppressDialog onClose={() => setAdding(false)} />}
      {lifting && <LiftDialog suppression={lifting} onClose={() => setLifting(null)} />}
    </Stack>
  )
}

function LiftDialog({ suppression, onClose }: { suppression: Suppression; onClose(): void }) {
  const [reason, setReason] = useState('')
  const lift = useAct('DELETE /suppressions/:id', { done: 'Lifted: campaigns may write to them again', after: onClose })
  return (
    <Confirm
      opened
      title={`Lift the suppression of ${suppression.address ?? 'this person'}?`}
      deed="Lift"
      danger
      busy={lift.isPending}
      onClose={onClose}
      onConfirm={() =>
        lift.mutate({ params: { id: suppression.id }, query: reason.trim() ? { reason: reason.trim() } : {} })
      }
    >
      <Stack>
        Campaigns may write to them again.
        <TextInput
          label="Why"
          required={suppression.reason === 'complaint'}
          description={
            suppression.reason === 'complaint'
              ? 'They reported a message as spam; only the owner can lift that.'
              : undefined
          }
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Stack>
    </Confirm>
  )
}

function SuppressDialog({ onClose }: { onClose(): void }) {
  const form = useForm({ initialValues: { email: '', '': '' } })
  const submit = form.onSubmit(async ({ email }) => {
    try {
      await api('POST /suppressions', { body: { email } })
      toast(`${email} suppressed`)
      void queryClient.invalidateQueries()
      onClose()
    } catch (problem) {
      showRefusal(form, problem, ['email'])
    }
  })
  return (
    <Modal opened onClose={onClose} title="Suppress an address">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Email address" type="email" required data-autofocus {...form.getInputProps('email')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Suppress
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** Who changed what, by person and by what it was done to. */
export function AuditSection() {
  const members = useMembers()
  const search = useSearch({ from: '/signed-in/shell/settings/$section' })
  const navigate = useNavigate({ from: '/settings/$section' })
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const list = usePages('GET /audit-log', {
    query: {
      limit: 100,
      ...(search.actor && { actor: search.actor }),
      ...(search.on && { objectType: search.on }),
    },
  })
  return (
    <Stack gap={12}>
      <Group gap={8}>
        <Select
          aria-label="Who"
          placeholder="Anybody"
          data={members.map(({ value, label }) => ({ value: `member:${value}`, label }))}
          value={search.actor ?? null}
          clearable
          searchable
          w={200}
          onChange={(actor) => go({ actor: actor ?? undefined })}
        />
        <Select
          aria-label="On what"
          placeholder="On anything"
          data={auditedThings}
          value={search.on ?? null}
          clearable
          searchable
          w={200}
          onChange={(on) => go({ on: on ?? undefined })}
        />
      </Group>
      <div className="tl-card">
        <DataTable
          label="Audit log"
          list={list}
          idOf={(row) => row.id}
          columns={[
            { title: 'When', cell: (row) => exact(row.at) },
            { title: 'Who', phone: 'bare', cell: (row) => row.actorName ?? row.actor },
            { title: 'What', phone: 'bare', cell: (row) => row.action },
            { title: 'On', cell: (row) => `${row.objectType}${row.objectId ? ` ${row.objectId.slice(0, 8)}` : ''}` },
            {
              title: 'Detail',
              phone: 'hide',
              cell: (row) =>
                Object.keys(row.detail).length > 0 ? (
                  <details>
                    <summary>Show</summary>
                    <Changes detail={row.detail} />
                  </details>
                ) : (
                  '—'
                ),
            },
          ]}
          empty={<Empty title={search.actor || search.on ? 'Nothing matches' : 'Nothing yet'} />}
        />
      </div>
    </Stack>
  )
}

/** What the audit log tells of. */
const auditedThings = [
  'campaign',
  'trigger',
  'customer',
  'segment',
  'product',
  'template',
  'credential',
  'member',
  'api-key',
  'workspace',
  'suppression',
  'webhook',
]

interface Change {
  from: unknown
  to: unknown
}
const isChange = (value: unknown): value is Change =>
  typeof value === 'object' && value !== null && 'from' in value && 'to' in value
const inWords = (value: unknown): string =>
  value === null || value === '' ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value)

/** Field by field: before and after where both are known, else what was noted. */
function Changes({ detail }: { detail: Record<string, unknown> }) {
  return (
    <dl style={{ margin: 0, fontSize: 12, maxWidth: 420, overflowWrap: 'anywhere' }}>
      {Object.entries(detail).map(([field, value]) => (
        <div key={field}>
          <dt style={{ display: 'inline', fontWeight: 600 }}>{field}: </dt>
          <dd style={{ display: 'inline', margin: 0 }}>
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

import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconBan, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { api, type Item } from '../api.ts'
import { Copyable, FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { Confirm } from '../parts/confirm.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, useAct, usePages } from '../query.ts'
import { useMe } from '../session.tsx'
import { roleWords } from './roles.ts'

/** Keys with which programs call the API. */
export function ApiKeysSection() {
  const list = usePages('GET /api-keys', { query: { limit: 100 } })
  const members = useMembers()
  const [adding, setAdding] = useState(false)
  const [ending, setEnding] = useState<Item<'GET /api-keys'> | null>(null)
  const revoke = useAct('DELETE /api-keys/:id', { done: 'Key ended', after: () => setEnding(null) })
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">
          The API is described at{' '}
          <a href="/api/openapi.json" target="_blank" rel="noreferrer">
            /api/openapi.json
          </a>
          .
        </Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          New key
        </Button>
      </Group>
      <div className="tl-card">
        <DataTable
          label="API keys"
          list={list}
          idOf={(key) => key.id}
          columns={[
            { title: 'Name', phone: 'bare', cell: (key) => key.name },
            { title: 'Key', phone: 'bare', cell: (key) => <code>{key.prefix}…</code> },
            { title: 'Role', phone: 'bare', cell: (key) => key.role },
            {
              title: 'Last used',
              cell: (key) => (key.lastUsedAt ? <Time at={key.lastUsedAt} /> : <span className="tl-muted">never</span>),
            },
            { title: 'Ends', cell: (key) => <Ends at={key.expiresAt} /> },
            {
              title: 'By',
              phone: 'hide',
              cell: (key) => members.find(({ value }) => value === key.createdBy)?.label ?? '—',
            },
            { title: 'Made', phone: 'hide', cell: (key) => <Time at={key.createdAt} /> },
          ]}
          menu={(key) => (
            <MoreMenu
              label={`Actions for ${key.name}`}
              entries={[{ label: 'End…', icon: <IconBan size={16} />, run: () => setEnding(key), danger: true }]}
            />
          )}
          empty={
            <Empty title="No keys yet">
              Make one to add customers, send events or run campaigns from your own programs.
            </Empty>
          }
        />
      </div>
      {adding && <KeyDialog onClose={() => setAdding(false)} />}
      <Confirm
        opened={ending !== null}
        title={`End “${ending?.name}”?`}
        deed="End key"
        danger
        busy={revoke.isPending}
        onClose={() => setEnding(null)}
        onConfirm={() => ending && revoke.mutate({ params: { id: ending.id } })}
      >
        Programs that use it are refused from now on.
      </Confirm>
    </Stack>
  )
}

function Ends({ at }: { at: string | null }) {
  if (!at) return <span className="tl-muted">never</span>
  return new Date(at) < new Date() ? <Pill tone="bad">ended</Pill> : <Time at={at} />
}

function KeyDialog({ onClose }: { onClose(): void }) {
  const me = useMe()
  const [key, setKey] = useState<string | null>(null)
  const form = useForm({
    initialValues: { name: '', role: 'member' as 'member' | 'admin' | 'owner', days: '', '': '' },
  })
  const submit = form.onSubmit(async ({ name, role, days }) => {
    const expiresAt = days === '' ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString()
    try {
      const made = await api('POST /api-keys', { body: { name, role, expiresAt } })
      void queryClient.invalidateQueries()
      setKey(made.key)
    } catch (problem) {
      showRefusal(form, problem, ['name', 'role'])
    }
  })
  return (
    <Modal opened onClose={onClose} title="New API key" size="lg">
      {key ? (
        <Stack>
          <Text>Copy it now: it is not shown again.</Text>
          <Copyable value={key} label="API key" />
          <Text size="sm">Try it:</Text>
          <Copyable
            value={`curl -H "Authorization: Bearer ${key}" ${window.location.origin}/api/v1/me`}
            label="command"
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} onInvalid={showInvalid(form)}>
          <Stack>
            <FormProblem text={form.errors[''] as string | undefined} />
            <TextInput label="Name" placeholder="Our CRM" required data-autofocus {...form.getInputProps('name')} />
            <Select
              label="Role"
              description={`It may do what ${form.values.role === 'member' ? 'a member' : `an ${form.values.role}`} may: ${roleWords[form.values.role]}.`}
              data={[
                { value: 'member', label: 'Member' },
                { value: 'admin', label: 'Admin' },
                ...(me.role === 'owner' ? [{ value: 'owner', label: 'Owner' }] : []),
              ]}
              allowDeselect={false}
              {...form.getInputProps('role')}
            />
            <Select
              label="Ends"
              description="A program that still uses it is refused then."
              data={[
                { value: '', label: 'Never' },
                { value: '30', label: 'In 30 days' },
                { value: '90', label: 'In 90 days' },
                { value: '365', label: 'In a year' },
              ]}
              allowDeselect={false}
              {...form.getInputProps('days')}
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={form.submitting}>
                Make the key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}

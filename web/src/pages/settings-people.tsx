import { Button, Group, Modal, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { api, type Item } from '../api.ts'
import { exact } from '../format.ts'
import { Copyable, FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, useAct, usePages } from '../query.ts'
import { useCan, useMe } from '../session.tsx'

type Member = Item<'GET /members'>

const roles = [
  { value: 'member', label: 'Member: runs campaigns and the CRM' },
  { value: 'admin', label: 'Admin: also people, credentials, keys' },
]

/** Who works here, and who is invited. */
export function MembersSection() {
  const me = useMe()
  const can = useCan()
  const manage = can('members.manage')
  const members = usePages('GET /members', { query: { limit: 100 } })
  const invitations = usePages('GET /invitations', { query: { limit: 100 } })
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<Member | null>(null)
  const role = useAct('PATCH /members/:id', { done: (after) => `${after.name} is ${after.role} now` })
  const remove = useAct('DELETE /members/:id', { done: 'Member removed', after: () => setRemoving(null) })
  const withdraw = useAct('DELETE /invitations/:id', { done: 'Invitation withdrawn' })
  return (
    <Stack>
      {manage && (
        <Group justify="flex-end">
          <Button leftSection={<IconPlus size={16} />} onClick={() => setInviting(true)}>
            Invite
          </Button>
        </Group>
      )}
      <div className="tl-card">
        <DataTable<Member>
          label="Members"
          list={members}
          idOf={(member) => member.id}
          columns={[
            {
              title: 'Name',
              phone: 'bare',
              cell: (member) => `${member.name}${member.id === me.memberId ? ' (you)' : ''}`,
            },
            { title: 'Email', phone: 'bare', cell: (member) => member.email },
            {
              title: 'Role',
              phone: 'bare',
              cell: (member) => <Pill tone={member.role === 'owner' ? 'accent' : 'flat'}>{member.role}</Pill>,
            },
            { title: 'Joined', phone: 'hide', cell: (member) => <Time at={member.joinedAt} /> },
          ]}
          {...(manage && {
            menu: (member: Member) => (
              <MoreMenu
                label={`Actions for ${member.name}`}
                entries={[
                  ...(['owner', 'admin', 'member'] as const)
                    .filter((one) => one !== member.role && (one !== 'owner' || me.role === 'owner'))
                    .map((one) => ({
                      label: `Make ${one}`,
                      run: () => role.mutate({ params: { id: member.id }, body: { role: one } }),
                    })),
                  { label: 'Remove…', run: () => setRemoving(member), danger: true },
                ]}
              />
            ),
          })}
          empty={<Empty title="Nobody" />}
        />
      </div>
      {invitations.items.length > 0 && (
        <section className="tl-card">
          <Title order={2} p="12px 16px 4px">
            Invited
          </Title>
          <DataTable
            label="Invitations"
            list={invitations}
            idOf={(invitation) => invitation.id}
            columns={[
              { title: 'Email', phone: 'bare', cell: (invitation) => invitation.email },
              { title: 'Role', phone: 'bare', cell: (invitation) => invitation.role },
              { title: 'Holds until', cell: (invitation) => exact(invitation.expiresAt) },
            ]}
            {...(manage && {
              menu: (invitation: Item<'GET /invitations'>) => (
                <MoreMenu
                  label={`Actions for ${invitation.email}`}
                  entries={[
                    { label: 'Withdraw', run: () => withdraw.mutate({ params: { id: invitation.id } }), danger: true },
                  ]}
                />
              ),
            })}
            empty={null}
          />
        </section>
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      <Confirm
        opened={removing !== null}
        title={`Remove ${removing?.name}?`}
        deed="Remove member"
        danger
        busy={remove.isPending}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { id: removing.id } })}
      >
        They can no longer sign in here. What they did stays.
      </Confirm>
    </Stack>
  )
}

function InviteDialog({ onClose }: { onClose(): void }) {
  const [link, setLink] = useState<string | null>(null)
  const form = useForm({ initialValues: { email: '', role: 'member' as 'member' | 'admin', '': '' } })
  const submit = form.onSubmit(async ({ email, role }) => {
    try {
      const made = await api('POST /invitations', { body: { email, role } })
      void queryClient.invalidateQueries()
      setLink(made.link)
    } catch (problem) {
      showRefusal(form, problem, ['email', 'role'])
    }
  })
  return (
    <Modal opened onClose={onClose} title="Invite somebody">
      {link ? (
        <Stack>
          <Text>Send {form.values.email} this link. It holds for 24 hours and is shown only now.</Text>
          <Copyable value={link} label="invitation link" />
          <Group justify="flex-end">
            <Button onClick={onClose}>Done</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} onInvalid={showInvalid(form)}>
          <Stack>
            <FormProblem text={form.errors[''] as string | undefined} />
            <TextInput label="Email" type="email" required data-autofocus {...form.getInputProps('email')} />
            <Select label="Role" data={roles} allowDeselect={false} {...form.getInputProps('role')} />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={form.submitting}>
                Make the link
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  )
}

/** Keys with which programs call the API. */
export function ApiKeysSection() {
  const list = usePages('GET /api-keys', { query: { limit: 100 } })
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
            { title: 'Last used', cell: (key) => <Time at={key.lastUsedAt} /> },
            { title: 'Made', phone: 'hide', cell: (key) => <Time at={key.createdAt} /> },
          ]}
          menu={(key) => (
            <MoreMenu
              label={`Actions for ${key.name}`}
              entries={[{ label: 'End…', run: () => setEnding(key), danger: true }]}
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

function KeyDialog({ onClose }: { onClose(): void }) {
  const me = useMe()
  const [key, setKey] = useState<string | null>(null)
  const form = useForm({ initialValues: { name: '', role: 'member' as 'member' | 'admin' | 'owner', '': '' } })
  const submit = form.onSubmit(async ({ name, role }) => {
    try {
      const made = await api('POST /api-keys', { body: { name, role } })
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
              data={[...roles, ...(me.role === 'owner' ? [{ value: 'owner', label: 'Owner: everything' }] : [])]}
              allowDeselect={false}
              {...form.getInputProps('role')}
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

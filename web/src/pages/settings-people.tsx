import { Button, Group, Modal, Radio, Select, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconLink, IconPencil, IconPlus, IconTrash, IconUserMinus } from '@tabler/icons-react'
import { useState } from 'react'
import { type Answer, api, type Item } from '../api.ts'
import { exact, plural } from '../format.ts'
import { Copyable, FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, useAct, useApi, usePages } from '../query.ts'
import { useCan, useMe } from '../session.tsx'
import { roleWords } from './roles.ts'

type Member = Item<'GET /members'>

/** Who works here, and who is invited. */
export function MembersSection() {
  const me = useMe()
  const can = useCan()
  const manage = can('members.manage')
  const members = usePages('GET /members', { query: { limit: 100 } })
  const invitations = usePages('GET /invitations', { query: { limit: 100 } })
  const [inviting, setInviting] = useState(false)
  const [removing, setRemoving] = useState<Member | null>(null)
  const [changing, setChanging] = useState<Member | null>(null)
  const [reset, setReset] = useState<Answer<'POST /members/:id/reset-link'> | null>(null)
  const makeLink = useAct('POST /members/:id/reset-link', { after: setReset })
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
              cell: (member) => (
                <span title={roleWords[member.role]}>
                  <Pill tone={member.role === 'owner' ? 'accent' : 'flat'}>{member.role}</Pill>
                </span>
              ),
            },
            {
              title: 'Last seen',
              cell: (member) =>
                member.lastSeenAt ? <Time at={member.lastSeenAt} /> : <span className="tl-muted">never</span>,
            },
            { title: 'Joined', phone: 'hide', cell: (member) => <Time at={member.joinedAt} /> },
          ]}
          {...(manage && {
            menu: (member: Member) => (
              <MoreMenu
                label={`Actions for ${member.name}`}
                entries={[
                  { label: 'Change role…', icon: <IconPencil size={16} />, run: () => setChanging(member) },
                  {
                    label: 'Make a reset link',
                    icon: <IconLink size={16} />,
                    run: () => makeLink.mutate({ params: { id: member.id } }),
                  },
                  member.id !== me.memberId && {
                    label: 'Remove…',
                    icon: <IconUserMinus size={16} />,
                    run: () => setRemoving(member),
                    danger: true,
                  },
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
                    {
                      label: 'Withdraw',
                      icon: <IconTrash size={16} />,
                      run: () => withdraw.mutate({ params: { id: invitation.id } }),
                      danger: true,
                    },
                  ]}
                />
              ),
            })}
            empty={null}
          />
        </section>
      )}
      {inviting && <InviteDialog onClose={() => setInviting(false)} />}
      {changing && <RoleDialog member={changing} onClose={() => setChanging(null)} />}
      {removing && <RemoveDialog member={removing} others={members.items} onClose={() => setRemoving(null)} />}
      {reset && (
        <Modal opened onClose={() => setReset(null)} title="A link to choose a new password">
          <Stack>
            <Text>
              Send {reset.email} this link. It works once, until {exact(reset.expiresAt)}, and is shown only now. When
              it is used, they are signed out everywhere.
            </Text>
            <Copyable value={reset.link} label="reset link" />
            <Group justify="flex-end">
              <Button onClick={() => setReset(null)}>Done</Button>
            </Group>
          </Stack>
        </Modal>
      )}
    </Stack>
  )
}

function RoleDialog({ member, onClose }: { member: Member; onClose(): void }) {
  const me = useMe()
  const [role, setRole] = useState(member.role)
  const change = useAct('PATCH /members/:id', {
    done: (after) => `${after.name} is ${after.role} now, and signs in anew`,
    after: onClose,
  })
  return (
    <Modal opened onClose={onClose} title={`The role of ${member.name}`}>
      <Stack>
        <Radio.Group aria-label="Role" value={role} onChange={(value) => setRole(value as Member['role'])}>
          <Stack gap={10}>
            {(['member', 'admin', 'owner'] as const)
              .filter((one) => one !== 'owner' || me.role === 'owner')
              .map((one) => (
                <Radio key={one} value={one} label={roleLabel(one)} description={roleWords[one]} />
              ))}
          </Stack>
        </Radio.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={change.isPending}
            onClick={() =>
              role === member.role ? onClose() : change.mutate({ params: { id: member.id }, body: { role } })
            }
          >
            Make {roleLabel(role).toLowerCase()}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

const roleLabel = (role: Member['role']): string => role.charAt(0).toUpperCase() + role.slice(1)

/** Says what somebody has in hand before they go, and who gets it. */
function RemoveDialog({ member, others, onClose }: { member: Member; others: readonly Member[]; onClose(): void }) {
  const me = useMe()
  const duties = useApi('GET /members/:id/duties', { params: { id: member.id } })
  const [handTo, setHandTo] = useState<string | null>(me.memberId)
  const remove = useAct('DELETE /members/:id', { done: `${member.name} removed`, after: onClose })
  const found = duties.data
  const passesOn = found !== undefined && found.openTasks + found.campaigns > 0
  const inHand = found && [
    found.openTasks > 0 && plural(found.openTasks, 'open task'),
    found.campaigns > 0 && plural(found.campaigns, 'campaign'),
  ]
  return (
    <Confirm
      opened
      title={`Remove ${member.name}?`}
      deed="Remove member"
      danger
      busy={remove.isPending || duties.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: member.id }, query: passesOn && handTo ? { handTo } : {} })}
    >
      <Stack>
        <Text>They are signed out and can no longer sign in here. What they did stays, under their name.</Text>
        {passesOn && (
          <Select
            label={`Who takes over ${inHand?.filter(Boolean).join(' and ')}`}
            description={
              handTo === null
                ? 'Nobody: the tasks stay with somebody who is gone, and handoffs of the campaigns go to the owner.'
                : undefined
            }
            placeholder="Nobody"
            clearable
            data={others
              .filter(({ id }) => id !== member.id)
              .map(({ id, name, email }) => ({ value: id, label: name || email }))}
            value={handTo}
            onChange={setHandTo}
          />
        )}
        {found && found.customers > 0 && (
          <Text size="sm">
            {found.customers > 10_000 ? 'Over 10,000 customers' : plural(found.customers, 'customer')} stay with their
            name until somebody else is assigned; new handoffs go to others.
          </Text>
        )}
        {found && found.senders.length > 0 && (
          <Text size="sm" c="var(--tl-warn)">
            They send on LinkedIn by “{found.senders.join('”, “')}”. Name somebody else there, or its messages wait.
          </Text>
        )}
      </Stack>
    </Confirm>
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
            <Select
              label="Role"
              description={`A ${form.values.role} ${roleWords[form.values.role]}.`.replace('A admin', 'An admin')}
              data={[
                { value: 'member', label: 'Member' },
                { value: 'admin', label: 'Admin' },
              ]}
              allowDeselect={false}
              {...form.getInputProps('role')}
            />
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

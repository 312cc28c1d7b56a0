import { Button, Group, Modal, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { IconArchive, IconPencil, IconPlugConnected, IconPlus, IconWorldSearch } from '@tabler/icons-react'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { Confirm } from '../parts/confirm.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { toast, toastProblem, useAct, usePages } from '../query.ts'
import { useCan } from '../session.tsx'
import { LinkedinDialog, TelegramDialog } from './chat-senders.tsx'
import { DomainChecks } from './domain-checks.tsx'
import { SenderCard } from './sender-card.tsx'
import { SmtpDialog } from './smtp-sender.tsx'

type Credential = Item<'GET /credentials'>
type OwnType = Exclude<Credential['type'], 'sandbox'>

const channels: { type: Credential['type']; title: string }[] = [
  { type: 'smtp', title: 'Email' },
  { type: 'telegram', title: 'Telegram' },
  { type: 'linkedin', title: 'LinkedIn' },
  { type: 'sandbox', title: 'Sandbox' },
]

/** Sending accounts by channel: SMTP, Telegram bots, members who send on LinkedIn, the sandbox. */
export function CredentialsSection() {
  const can = useCan()
  const manage = can('credentials.manage')
  const list = usePages('GET /credentials', { query: { limit: 100 } }, { live: true })
  const [editing, setEditing] = useState<Credential | OwnType | null>(null)
  const [archiving, setArchiving] = useState<Credential | null>(null)
  const [checking, setChecking] = useState<Credential | null>(null)
  const test = useAct('POST /credentials/:id/test', {
    after: (found) =>
      found.ok ? toast(`It works. ${found.detail}`) : toastProblem(`It does not work: ${found.detail}`),
  })
  const archive = useAct('DELETE /credentials/:id', { done: 'Sender archived', after: () => setArchiving(null) })
  if (list.loading) return <Loading />
  if (list.error && list.items.length === 0) return <Failure error={list.error} retry={list.retry} />
  return (
    <Stack gap={20}>
      <Group justify="space-between">
        <Text c="dimmed">
          What campaigns send through. Passwords and tokens are kept encrypted and never shown again.
        </Text>
        {manage && (
          <Group gap={8}>
            <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('linkedin')}>
              LinkedIn by hand
            </Button>
            <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setEditing('telegram')}>
              Connect Telegram bot
            </Button>
            <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('smtp')}>
              Connect email
            </Button>
          </Group>
        )}
      </Group>
      {channels.map(({ type, title }) => {
        const ofChannel = list.items.filter((one) => one.type === type)
        if (ofChannel.length === 0) return null
        return (
          <section key={type} aria-label={title}>
            <Title order={2} mb={8}>
              {title}
            </Title>
            <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>
              {ofChannel.map((credential) => (
                <SenderCard
                  key={credential.id}
                  credential={credential}
                  entries={
                    manage && type !== 'sandbox'
                      ? [
                          { label: 'Edit', icon: <IconPencil size={16} />, run: () => setEditing(credential) },
                          {
                            label: 'Test now',
                            icon: <IconPlugConnected size={16} />,
                            run: () => test.mutate({ params: { id: credential.id } }),
                          },
                          type === 'smtp' && {
                            label: 'Check its domain',
                            icon: <IconWorldSearch size={16} />,
                            run: () => setChecking(credential),
                          },
                          {
                            label: 'Archive…',
                            icon: <IconArchive size={16} />,
                            run: () => setArchiving(credential),
                            danger: true,
                          },
                        ]
                      : null
                  }
                />
              ))}
            </SimpleGrid>
          </section>
        )
      })}
      {editing && <SenderDialog editing={editing} onClose={() => setEditing(null)} />}
      {checking && (
        <Modal opened onClose={() => setChecking(null)} title="What its domain says" size="lg">
          <DomainChecks senderEmail={checking.senderEmail ?? ''} host={checking.host ?? ''} />
        </Modal>
      )}
      <Confirm
        opened={archiving !== null}
        title={`Archive “${archiving?.name}”?`}
        deed="Archive sender"
        danger
        busy={archive.isPending}
        onClose={() => setArchiving(null)}
        onConfirm={() => archiving && archive.mutate({ params: { id: archiving.id } })}
      >
        Its password or token is forgotten. A sender that campaigns use is not archived.
      </Confirm>
    </Stack>
  )
}

function SenderDialog({ editing, onClose }: { editing: Credential | OwnType; onClose(): void }) {
  const [type, credential] = typeof editing === 'string' ? [editing, null] : [editing.type, editing]
  const Dialog = type === 'telegram' ? TelegramDialog : type === 'linkedin' ? LinkedinDialog : SmtpDialog
  return <Dialog credential={credential} onClose={onClose} />
}

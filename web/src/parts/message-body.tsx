import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { exact } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { MessagePill, Pill } from './bits.tsx'
import { MailFrame } from './mail-frame.tsx'
import { Show } from './page.tsx'

type Message = Item<'GET /messages'>

const chats: Record<string, string> = { telegram: 'Telegram message', linkedin: 'LinkedIn message' }

/** What stands for the subject where there is none: a chat message has no subject at all. */
export function untitled({ channel, state, subject }: Pick<Message, 'channel' | 'state' | 'subject'>): string {
  if (subject === '' || channel !== 'email') return chats[channel] ?? 'No subject'
  return state === 'skipped' ? 'Never written' : 'Not written yet'
}

/** What became of a message after it was sent, strongest first. */
function reaction(message: Message): string | null {
  if (message.complainedAt) return 'complained'
  if (message.bouncedAt) return 'bounced'
  if (message.unsubscribedAt) return 'unsubscribed'
  if (message.repliedAt) return 'replied'
  if (message.clickedAt) return 'clicked'
  if (message.openedAt) return 'opened'
  return null
}

/** What became of a message after it was sent, as a pill. */
export function Reaction({ message }: { message: Message }) {
  const what = reaction(message)
  if (!what) return <span className="tl-muted tl-none">—</span>
  return (
    <Pill
      tone={
        what === 'replied'
          ? 'good'
          : what === 'bounced' || what === 'complained'
            ? 'bad'
            : what === 'unsubscribed'
              ? 'warn'
              : 'info'
      }
    >
      {what}
    </Pill>
  )
}

/** One message as it was sent, and what became of it. */
export function MessageBody({ id, onSentAgain }: { id: number; onSentAgain?(): void }) {
  const message = useApi('GET /messages/:id', { params: { id } })
  const again = useAct('POST /messages/:id/send-again', {
    done: 'Queued to be sent again',
    after: () => onSentAgain?.(),
  })
  return (
    <Show of={message}>
      {(found) => (
        <Stack>
          <div>
            <Title order={2}>{found.subject || untitled(found)}</Title>
            <Group gap={8} mt={4}>
              <MessagePill state={found.state} reason={found.reason} />
              <Reaction message={found} />
            </Group>
          </div>
          <Text size="sm">
            To{' '}
            <Link to="/customers/$id" params={{ id: found.customerId }}>
              {found.customerName || 'an erased person'}
            </Link>{' '}
            {found.to && <span className="tl-muted">{found.to}</span>}
            <br />
            {found.sentAt ? `Sent ${exact(found.sentAt)}` : `Queued ${exact(found.queuedAt)}`}
          </Text>
          {found.response && (
            <Text size="sm" c="dimmed">
              The server said: {found.response}
            </Text>
          )}
          {found.state === 'unconfirmed' && (
            <div className="tl-card" style={{ padding: 12 }}>
              <Text size="sm" mb={8}>
                The connection broke after the whole message was handed over: whether it arrived is not known. It is
                never sent again by itself.
              </Text>
              <Button size="xs" loading={again.isPending} onClick={() => again.mutate({ params: { id } })}>
                Send again
              </Button>
            </div>
          )}
          {found.html ? (
            <MailFrame title="The message as sent" html={found.html} />
          ) : (
            found.text && <pre style={{ whiteSpace: 'pre-wrap' }}>{found.text}</pre>
          )}
        </Stack>
      )}
    </Show>
  )
}

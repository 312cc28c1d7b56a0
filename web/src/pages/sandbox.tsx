import { Button, Group, Modal, SegmentedControl, Stack, Switch, Text, Textarea, Title } from '@mantine/core'
import { IconArrowLeft } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { type Answer, ApiProblem, api, type Item, type RouteKey } from '../api.ts'
import { ago, exact } from '../format.ts'
import { Pill, Time, type Tone } from '../parts/bits.tsx'
import { hasRemotePictures, MailFrame } from '../parts/mail-frame.tsx'
import { Empty, Failure, Loading, Page, Show } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { queryClient, toast, toastProblem, useApi, usePages } from '../query.ts'
import { Reaction } from './sandbox-reaction.tsx'

type Mail = Answer<'GET /sandbox/messages/:id'>

/** The mailbox where the sandbox delivers: read what was sent, and answer for the customer. */
export function SandboxPage() {
  const search = useSearch({ from: '/signed-in/shell/sandbox' })
  const navigate = useNavigate({ from: '/sandbox' })
  const list = usePages(
    'GET /sandbox/messages',
    { query: { limit: 50, ...(search.q && { q: search.q }) } },
    { live: true },
  )
  const newest = list.items[0]?.id
  useEffect(() => {
    if (newest === undefined || search.q) return
    void api('POST /sandbox/seen', { body: { upTo: newest } })
      .then(() => queryClient.invalidateQueries({ queryKey: ['GET /sandbox/new'] }))
      .catch(() => {})
  }, [newest, search.q])
  const go = (open: string | undefined) => void navigate({ search: { ...search, open } })
  return (
    <Page
      title="Sandbox mailbox"
      wide
      actions={
        <SearchField
          label="Search the mailbox"
          value={search.q ?? ''}
          onChange={(q) => void navigate({ search: { ...search, q: q || undefined }, replace: true })}
        />
      }
    >
      <Text c="dimmed" mb={12}>
        Mail that campaigns send with the sandbox sender arrives here and nowhere else. Play the customer: open, click,
        reply, and watch the campaign react.
      </Text>
      <div className="tl-card tl-mailbox" data-open={search.open ? '' : undefined}>
        <div className="tl-mail-list">
          {list.loading ? (
            <Loading />
          ) : list.error && list.items.length === 0 ? (
            <Failure error={list.error} retry={list.retry} />
          ) : list.items.length === 0 ? (
            <Empty title={search.q ? `Nothing matches “${search.q}”` : 'No mail yet'}>
              {!search.q && 'Give a campaign’s email step the sender “Sandbox mailbox” and run it.'}
            </Empty>
          ) : (
            <>
              {list.items.map((mail) => (
                <MailRow key={mail.id} mail={mail} open={search.open} onOpen={() => go(String(mail.id))} />
              ))}
              {list.hasMore && (
                <Button variant="subtle" loading={list.loadingMore} onClick={list.more} m={8}>
                  Earlier mail
                </Button>
              )}
            </>
          )}
        </div>
        <div className="tl-mail-pane">
          {search.open ? (
            <ReadPane key={search.open} id={search.open} onBack={() => go(undefined)} />
          ) : (
            <Empty title="Choose a mail">It shows here as the customer sees it.</Empty>
          )}
        </div>
      </div>
    </Page>
  )
}

const actionWords: Record<string, string> = {
  open: 'opened',
  click: 'clicked',
  reply: 'replied',
  bounce: 'bounced',
  complain: 'complained',
  unsubscribe: 'unsubscribed',
  scan: 'scanned',
  'auto-reply': 'out of office',
}
const actionTones: Record<string, Tone> = {
  reply: 'good',
  click: 'accent',
  open: 'info',
  bounce: 'bad',
  complain: 'bad',
  unsubscribe: 'warn',
}

/** One mail of the list: to whom, what, and what was done with it. One that nothing was done with is bold, as unread mail is. */
function MailRow({
  mail,
  open,
  onOpen,
}: {
  mail: Item<'GET /sandbox/messages'>
  open: string | undefined
  onOpen(): void
}) {
  const done = [...new Set(mail.actions.map(({ action }) => action))]
  return (
    <button
      type="button"
      className="tl-mail-row"
      data-new={done.length === 0 || undefined}
      aria-current={String(mail.id) === open || undefined}
      onClick={onOpen}
    >
      <span className="tl-mail-face" aria-hidden>
        {mail.to.slice(0, 1).toUpperCase()}
      </span>
      <span className="tl-mail-words">
        <span className="tl-mail-top">
          <span>{mail.to}</span>
          <span className="tl-muted">
            <Time at={mail.receivedAt} />
          </span>
        </span>
        <span className="tl-mail-subject">{mail.subject || '(no subject)'}</span>
        {done.length > 0 && (
          <span className="tl-mail-done">
            {done.map((action) => (
              <Pill key={action} tone={actionTones[action] ?? 'flat'}>
                {actionWords[action] ?? action}
              </Pill>
            ))}
          </span>
        )}
      </span>
    </button>
  )
}

function ReadPane({ id, onBack }: { id: string; onBack(): void }) {
  const mail = useApi('GET /sandbox/messages/:id', { params: { id } })
  return (
    <Show of={mail}>
      {(found) => (
        <div className="tl-mail-read">
          <Stack gap={12} className="tl-mail-main">
            <Button
              className="tl-mail-back"
              variant="subtle"
              size="compact-sm"
              style={{ alignSelf: 'start' }}
              leftSection={<IconArrowLeft size={14} />}
              onClick={onBack}
            >
              Mailbox
            </Button>
            <div>
              <Title order={2}>{found.subject || '(no subject)'}</Title>
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                From {found.from} to {found.to} · {exact(found.receivedAt)}
              </Text>
            </div>
            {found.messageId === null ? (
              <Text size="sm" c="dimmed">
                This is a test message: it was sent to look at, and nothing that happens to it counts.
              </Text>
            ) : (
              <Actions mail={found} />
            )}
          </Stack>
          {found.runId !== null && <Reaction runId={found.runId} campaignName={found.campaignName} />}
          <Stack gap={12} className="tl-mail-body">
            <Body mail={found} />
            {found.actions.length > 0 && (
              <Text size="sm" c="dimmed">
                What you did:{' '}
                {found.actions
                  .map((action) => `${actionWords[action.action] ?? action.action} ${ago(action.at)}`)
                  .join(' · ')}
              </Text>
            )}
          </Stack>
        </div>
      )}
    </Show>
  )
}

function Body({ mail }: { mail: Mail }) {
  const [view, setView] = useState<'html' | 'text' | 'headers'>(mail.html ? 'html' : 'text')
  // As in most mail programs, nothing is fetched before somebody says so.
  const [pictures, setPictures] = useState(false)
  const hasPictures = hasRemotePictures(mail.html)
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="Show the mail as"
        style={{ alignSelf: 'start' }}
        data={[
          ...(mail.html ? [{ value: 'html', label: 'As seen' }] : []),
          { value: 'text', label: 'Plain text' },
          { value: 'headers', label: 'Headers' },
        ]}
        value={view}
        onChange={(next) => setView(next as 'html' | 'text' | 'headers')}
      />
      {view === 'html' && (
        <>
          {hasPictures && (
            <Switch
              size="xs"
              label="Show pictures from the web"
              checked={pictures}
              onChange={(event) => setPictures(event.currentTarget.checked)}
            />
          )}
          <MailFrame title={mail.subject || 'Mail'} html={mail.html} images={pictures} />
        </>
      )}
      {view === 'text' && (
        <pre style={{ whiteSpace: 'pre-wrap', margin: 0, overflowWrap: 'anywhere' }}>{mail.text}</pre>
      )}
      {view === 'headers' && (
        <dl
          style={{
            display: 'grid',
            gridTemplateColumns: 'max-content minmax(0, 1fr)',
            gap: '4px 14px',
            margin: 0,
            fontSize: 12,
            overflowWrap: 'anywhere',
          }}
        >
          {Object.entries(mail.headers).map(([name, value]) => (
            <div key={name} style={{ display: 'contents' }}>
              <dt className="tl-muted">{name}</dt>
              <dd style={{ margin: 0 }}>{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  )
}

type ActionKey = Extract<RouteKey, `POST /sandbox/messages/:id/${string}`>

function Actions({ mail }: { mail: Mail }) {
  const [busy, setBusy] = useState<string | null>(null)
  const [asking, setAsking] = useState<'reply' | 'click' | null>(null)
  const act = async (key: ActionKey, done: string, body?: unknown) => {
    setBusy(key)
    try {
      await api(key, { params: { id: mail.id }, ...(body !== undefined && { body: body as never }) })
      toast(done)
      if (body !== undefined) setAsking(null)
    } catch (error) {
      toastProblem(error instanceof ApiProblem ? error.message : error)
    } finally {
      setBusy(null)
      void queryClient.invalidateQueries()
    }
  }
  const button = (key: ActionKey, label: string, done: string) => (
    <Button size="xs" variant="default" loading={busy === key} onClick={() => void act(key, done)}>
      {label}
    </Button>
  )
  const links = mail.links
  return (
    <Group gap={6}>
      {button('POST /sandbox/messages/:id/open', 'Open', 'Opened')}
      {links.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() =>
            links.length === 1
              ? void act('POST /sandbox/messages/:id/click', 'Clicked', { link: 0 })
              : setAsking('click')
          }
        >
          Click link{links.length > 1 ? '…' : ''}
        </Button>
      )}
      <Button size="xs" onClick={() => setAsking('reply')}>
        Reply…
      </Button>
      {button('POST /sandbox/messages/:id/unsubscribe', 'Unsubscribe', 'Unsubscribed')}
      {button('POST /sandbox/messages/:id/bounce', 'Bounce', 'Bounced')}
      {button('POST /sandbox/messages/:id/complain', 'Complain', 'Complained')}
      {button(
        'POST /sandbox/messages/:id/auto-reply',
        'Mark as auto-reply',
        'Their mail program answered: out of office. That is no reply and moves nobody',
      )}
      {button(
        'POST /sandbox/messages/:id/scan',
        'Play a scanner',
        'A scanner opened it and clicked its links; that moves nobody',
      )}
      {asking === 'reply' && (
        <ReplyDialog
          mail={mail}
          busy={busy !== null}
          onClose={() => setAsking(null)}
          onSend={(text) => void act('POST /sandbox/messages/:id/reply', 'Replied', { text })}
        />
      )}
      <Modal opened={asking === 'click'} onClose={() => setAsking(null)} title="Which link?">
        <Stack gap={6}>
          {links.map((link, index) => (
            <Button
              key={link}
              variant="default"
              justify="start"
              onClick={() => void act('POST /sandbox/messages/:id/click', 'Clicked', { link: index })}
            >
              {link}
            </Button>
          ))}
        </Stack>
      </Modal>
    </Group>
  )
}

function ReplyDialog({
  mail,
  busy,
  onClose,
  onSend,
}: {
  mail: Mail
  busy: boolean
  onClose(): void
  onSend(text: string): void
}) {
  const [text, setText] = useState('Sounds interesting. Tell me more.')
  return (
    <Modal opened onClose={onClose} title={`Reply as ${mail.to}`}>
      <Stack>
        <Textarea
          label="Text"
          autosize
          minRows={4}
          data-autofocus
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={busy} onClick={() => onSend(text)}>
            Send reply
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

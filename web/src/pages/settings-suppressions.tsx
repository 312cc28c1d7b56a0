import { Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconDownload, IconMailForward, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api, type Item, queryText } from '../api.ts'
import { count, plural } from '../format.ts'
import { FormProblem, MoreMenu, Pill, Time } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import { Filters } from '../parts/filters.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { Empty } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, toast, useAct, usePages } from '../query.ts'
import { useCan } from '../session.tsx'

type Suppression = Item<'GET /suppressions'>
type Reason = Suppression['reason']
type Channel = Suppression['channel']

const reasons: Record<Reason, string> = {
  unsubscribe: 'Unsubscribed',
  bounce: 'Bounced',
  complaint: 'Reported as spam',
  manual: 'By hand',
}
const channels: Record<Channel, string> = {
  all: 'Every channel',
  email: 'Email',
  telegram: 'Telegram',
  linkedin: 'LinkedIn',
}
const choices = <Value extends string>(words: Record<Value, string>) =>
  (Object.entries(words) as [Value, string][]).map(([value, label]) => ({ value, label }))

/** Who is not written to, and why. */
export function SuppressionsSection() {
  const can = useCan()
  const search = useSearch({ from: '/signed-in/shell/settings/$section' })
  const navigate = useNavigate({ from: '/settings/$section' })
  const go = (change: Partial<typeof search>) => void navigate({ search: { ...search, ...change }, replace: true })
  const reason = (Object.keys(reasons) as Reason[]).find((one) => one === search.reason)
  const channel = (Object.keys(channels) as Channel[]).find((one) => one === search.channel)
  const query = { ...(search.q && { q: search.q }), ...(reason && { reason }), ...(channel && { channel }) }
  const order = sortIn(search.sort, ['address', 'channel', 'reason', 'createdAt'])
  const list = usePages('GET /suppressions', { query: { limit: 100, total: 'true', ...query, ...order } })
  const [adding, setAdding] = useState(false)
  const [lifting, setLifting] = useState<Suppression | null>(null)
  const filtered = Object.keys(query).length > 0
  return (
    <Stack gap={12}>
      <Text c="dimmed">
        No campaign writes to anybody listed here. Unsubscribes, hard bounces and complaints come by themselves.
      </Text>
      <Group gap={8}>
        <SearchField label="Search addresses" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
        <Filters count={[reason, channel].filter((one) => one !== undefined).length}>
          <Select
            aria-label="Why"
            placeholder="Any reason"
            data={choices(reasons)}
            value={reason ?? null}
            clearable
            w={170}
            onChange={(value) => go({ reason: value ?? undefined })}
          />
          <Select
            aria-label="Channel"
            placeholder="Any channel"
            data={choices(channels)}
            value={channel ?? null}
            clearable
            w={150}
            onChange={(value) => go({ channel: value ?? undefined })}
          />
        </Filters>
        <Group gap={8} ml="auto">
          <Button
            component="a"
            href={`/api/v1/suppressions/export.csv${queryText(query)}`}
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            {filtered ? 'Export these' : 'Export CSV'}
          </Button>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            Suppress addresses
          </Button>
        </Group>
      </Group>
      <div className="tl-card">
        <DataTable<Suppression>
          label="Suppressions"
          list={list}
          chooser="suppressions"
          sorting={{ by: order.sort, onChange: (sort) => go({ sort }) }}
          idOf={(row) => row.id}
          href={({ customerId }) => (customerId ? `/customers/${customerId}` : undefined)}
          columns={[
            { title: 'Who', sort: 'address', phone: 'bare', cell: (row) => <Whom row={row} /> },
            { title: 'Channel', sort: 'channel', phone: 'bare', cell: (row) => channels[row.channel] },
            {
              title: 'Reason',
              sort: 'reason',
              phone: 'bare',
              cell: (row) => (
                <Pill tone={row.reason === 'complaint' || row.reason === 'bounce' ? 'bad' : 'warn'}>
                  {reasons[row.reason]}
                </Pill>
              ),
            },
            { title: 'How it came', phone: 'hide', cell: (row) => <Why row={row} /> },
            { title: 'Since', sort: 'createdAt', phone: 'bare', cell: (row) => <Time at={row.createdAt} /> },
          ]}
          {...(can('suppressions.lift') && {
            menu: (row: Suppression) => (
              <MoreMenu
                label={`Actions for ${row.address ?? 'this person'}`}
                entries={[
                  { label: 'Lift…', icon: <IconMailForward size={16} />, run: () => setLifting(row), danger: true },
                ]}
              />
            ),
          })}
          empty={
            filtered ? (
              <Empty
                title="Nothing matches"
                action={
                  <Button variant="default" onClick={() => go({ q: undefined, reason: undefined, channel: undefined })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title="Nobody is suppressed">
                Unsubscribes, hard bounces and complaints land here by themselves. Do you come from another tool? Bring
                its list along before you send.
              </Empty>
            )
          }
        />
      </div>
      {adding && <SuppressDialog onClose={() => setAdding(false)} />}
      {lifting && <LiftDialog suppression={lifting} onClose={() => setLifting(null)} />}
    </Stack>
  )
}

function Whom({ row }: { row: Suppression }) {
  const words = row.address ?? (row.customerId ? 'A customer without an address' : 'An erased person')
  return <span style={{ overflowWrap: 'anywhere' }}>{words}</span>
}

/** "By Sara", "link in a message · Q3 outreach". */
function Why({ row }: { row: Suppression }) {
  const { source, sourceName, campaign } = row
  const byStep = source === 'campaign'
  const words = sourceName
    ? `Added by ${sourceName}`
    : byStep
      ? 'A step of'
      : source.charAt(0).toUpperCase() + source.slice(1)
  return (
    <span>
      {byStep && !campaign ? 'A step of a campaign' : words}
      {campaign && (
        <>
          {byStep ? ' ' : ' · '}
          <Link to="/campaigns/$id" params={{ id: campaign.id }} className="tl-link tl-over">
            {campaign.name}
          </Link>
        </>
      )}
    </span>
  )
}

function LiftDialog({ suppression, onClose }: { suppression: Suppression; onClose(): void }) {
  const [reason, setReason] = useState('')
  const lift = useAct('DELETE /suppressions/:id', { done: 'Lifted: campaigns may write to them again', after: onClose })
  const complained = suppression.reason === 'complaint'
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
        Campaigns may write to them again. The audit log keeps who lifted it.
        <TextInput
          label="Why"
          placeholder="They asked to be back"
          required={complained}
          description={complained ? 'They reported a message as spam; only the owner can lift that.' : undefined}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Stack>
    </Confirm>
  )
}

/** Addresses in one request of the API. */
const atOnce = 1_000

/** One address or a whole list of them, pasted from another tool. */
function SuppressDialog({ onClose }: { onClose(): void }) {
  const [done, setDone] = useState<number | null>(null)
  const form = useForm({ initialValues: { emails: '', channel: 'email', reason: 'manual', '': '' } })
  const found = form.values.emails.split(/[\s,;]+/).filter((part) => part !== '')
  const submit = form.onSubmit(async ({ reason, channel }) => {
    const sum = { added: 0, already: 0, refused: [] as string[] }
    try {
      for (let from = 0; from < found.length; from += atOnce) {
        setDone(from)
        const body = {
          emails: found.slice(from, from + atOnce).map((text) => text.slice(0, 320)),
          reason: reason as Reason,
          channel: channel as 'all' | 'email',
        }
        const answer = await api('POST /suppressions/batch', { body })
        sum.added += answer.added
        sum.already += answer.already
        sum.refused.push(...answer.refused)
      }
      void queryClient.invalidateQueries()
      if (sum.added + sum.already > 0) {
        const before = sum.already > 0 ? `; ${count(sum.already)} were before` : ''
        toast(`${plural(sum.added, 'address', 'addresses')} suppressed${before}`)
      }
      if (sum.refused.length === 0) onClose()
      else {
        form.setFieldValue('emails', sum.refused.join('\n'))
        form.setFieldError(
          'emails',
          `${plural(sum.refused.length, 'entry is', 'entries are')} no email address. Correct what is left here.`,
        )
      }
    } catch (problem) {
      void queryClient.invalidateQueries()
      showRefusal(form, problem, ['emails'])
    }
    setDone(null)
  })
  return (
    <Modal opened onClose={onClose} title="Suppress addresses">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <Textarea
            label="Email addresses"
            description="One, or a whole list: a line each, or with commas between."
            required
            autosize
            minRows={3}
            maxRows={12}
            data-autofocus
            {...form.getInputProps('emails')}
          />
          <Group grow>
            <Select label="Why" data={choices(reasons)} allowDeselect={false} {...form.getInputProps('reason')} />
            <Select
              label="Channel"
              data={[
                { value: 'email', label: 'Email' },
                { value: 'all', label: 'Every channel' },
              ]}
              allowDeselect={false}
              {...form.getInputProps('channel')}
            />
          </Group>
          {done !== null && found.length > atOnce && (
            <Text size="sm" role="status">
              {count(done)} of {count(found.length)}
            </Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {found.length > 1 ? `Suppress ${count(found.length)}` : 'Suppress'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

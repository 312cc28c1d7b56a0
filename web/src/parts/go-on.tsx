import { Button, Checkbox, Group, List, Modal, NumberInput, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { ago, count, dayOf, exact, plural } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import type { ActableCampaign } from './campaign-actions.tsx'
import { Show } from './page.tsx'
import { PeopleCount } from './people-count.tsx'
import { paceText, takesText } from './preflight-when.tsx'

type Preview = Answer<'GET /campaigns/:id/resume-preview'>
type Waits = 'keep' | 'continue'
type Ahead = Answer<'GET /campaigns/:id/complete-preview'>

/** Resume, or Complete: says who is overdue after a pause, and asks what becomes of the waits and how fast they go on. */
export function GoOnDialog({
  what,
  campaign,
  onClose,
}: {
  what: 'resume' | 'complete'
  campaign: ActableCampaign
  onClose(): void
}) {
  const paused = campaign.status === 'paused'
  const preview = useApi(
    'GET /campaigns/:id/resume-preview',
    { params: { id: campaign.id } },
    { enabled: paused, staleTime: 0 },
  )
  return (
    <Modal opened onClose={onClose} title={`${what === 'resume' ? 'Resume' : 'Complete'} “${campaign.name}”`}>
      {paused ? (
        <Show of={preview} rows={4}>
          {(found) => <Choices what={what} campaign={campaign} preview={found} onClose={onClose} />}
        </Show>
      ) : (
        <Choices what={what} campaign={campaign} preview={null} onClose={onClose} />
      )}
    </Modal>
  )
}

function Choices({
  what,
  campaign,
  preview,
  onClose,
}: {
  what: 'resume' | 'complete'
  campaign: ActableCampaign
  preview: Preview | null
  onClose(): void
}) {
  const [waits, setWaits] = useState<Waits>('keep')
  const [spread, setSpread] = useState(false)
  const [hours, setHours] = useState<number | string>(4)
  const resume = useAct('POST /campaigns/:id/resume', { done: 'Resumed', after: onClose })
  const complete = useAct('POST /campaigns/:id/complete', { done: 'Completed. Nobody new enters', after: onClose })
  const act = what === 'resume' ? resume : complete
  const { inside } = campaign.counts
  const atOnce = preview?.atOnce[waits] ?? 0
  const entering = what === 'resume' ? (preview?.enrolling.customers ?? 0) : 0
  const spreads = spread && atOnce > 0
  const number = typeof hours === 'number' && hours > 0 ? hours : null
  const deed = what === 'resume' ? 'Resume' : 'Complete'
  return (
    <Stack>
      <Text>
        {inside > 0 && (
          <>
            <PeopleCount
              n={inside}
              who={`inside ${campaign.name}`}
              to={`/campaigns/${campaign.id}/runs?state=here`}
              words
              newTab
            />{' '}
          </>
        )}
        {intro(what, inside)}
      </Text>
      {what === 'complete' && inside > 0 && <LastThrough campaignId={campaign.id} waits={waits} />}
      {preview && <Overdue campaignId={campaign.id} preview={preview} waits={waits} />}
      {what === 'resume' && preview && <Entering of={preview.enrolling} />}
      {preview && (
        <Radio.Group
          label="Waits and reply windows that stood still during the pause"
          value={waits}
          onChange={(value) => setWaits(value as Waits)}
        >
          <Stack gap={8} mt={6}>
            <Radio
              value="keep"
              label="Keep"
              description={`Everyone waits as long as was left when you paused; waits until a date keep their date. ${goOn(preview, 'keep')}`}
            />
            <Radio
              value="continue"
              label="Continue"
              description={`The pause counts as elapsed. ${goOn(preview, 'continue')}`}
            />
          </Stack>
        </Radio.Group>
      )}
      {atOnce > 0 && (
        <Group align="center" gap={8}>
          <Checkbox
            label="Let them go evenly over"
            checked={spread}
            onChange={(event) => setSpread(event.currentTarget.checked)}
          />
          <NumberInput
            aria-label="Hours"
            w={90}
            size="xs"
            min={0.5}
            max={720}
            disabled={!spread}
            value={hours}
            onChange={setHours}
            error={spreads && number === null}
          />
          <Text size="sm">
            hours{spreads && number !== null && `, about ${count(Math.ceil(atOnce / number))} an hour`}
          </Text>
        </Group>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={act.isPending}
          disabled={spreads && number === null}
          onClick={() =>
            act.mutate({
              params: { id: campaign.id },
              body: preview ? { waits, ...(spreads && number !== null && { spreadHours: number }) } : {},
            })
          }
          data-autofocus
        >
          {[inside > 0 ? `${deed} ${count(inside)}` : deed, entering > 0 && `enroll ${count(entering)}`]
            .filter(Boolean)
            .join(' and ')}
        </Button>
      </Group>
    </Stack>
  )
}

function intro(what: 'resume' | 'complete', inside: number): string {
  const one = inside === 1
  if (what === 'complete') {
    if (inside === 0) return 'No one new enters.'
    return `inside ${one ? 'goes' : 'go'} on to the end; no one new enters.`
  }
  if (inside === 0) return 'Nobody is inside. New customers enter again.'
  return `${one ? 'goes' : 'go'} on from where ${one ? 'it stands' : 'they stand'}.`
}

const about = ({ exact }: Preview) => (exact ? '' : 'about ')

function goOn(preview: Preview, waits: Waits): string {
  const n = preview.atOnce[waits]
  if (n === 0) return 'Nobody goes on at once.'
  return `${capital(about(preview))}${plural(n, 'customer')} ${n === 1 ? 'goes' : 'go'} on at once.`
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

const untoldWords = {
  error: (one: boolean) => (one ? 'stands at an error' : 'stand at an error'),
  endless: (one: boolean) => (one ? 'waits without a time limit' : 'wait without a time limit'),
  ahead: (one: boolean) => (one ? 'has a wait of unknown length ahead' : 'have a wait of unknown length ahead'),
} as const
const mostUntold = 4

/** When the last of those inside are through, and of whom it cannot be told. */
function LastThrough({ campaignId, waits }: { campaignId: string; waits: Waits }) {
  const ahead = useApi('GET /campaigns/:id/complete-preview', { params: { id: campaignId } }, { staleTime: 0 })
  return (
    <Show of={ahead} rows={1}>
      {({ last, untold }) => (
        <div>
          <Text size="sm">{lastText(last, waits)}</Text>
          {untold.length > 0 && (
            <List size="sm" mt={4}>
              {untold.slice(0, mostUntold).map(({ nodeId, title, customers, because }) => (
                <List.Item key={`${nodeId} ${because}`}>
                  {count(customers)} at “{title}” {untoldWords[because](customers === 1)}
                </List.Item>
              ))}
              {untold.length > mostUntold && (
                <List.Item>
                  {count(untold.slice(mostUntold).reduce((sum, { customers }) => sum + customers, 0))} at other steps
                </List.Item>
              )}
            </List>
          )}
        </div>
      )}
    </Show>
  )
}

function lastText(last: Ahead['last'], waits: Waits): string {
  const at = last[waits]
  if (at === null) return 'When the last is through cannot be told:'
  const when = Date.parse(at) - Date.now() < dayMs ? exact(at) : dayOf(at)
  return last.atLeast
    ? `Those of whom it can be told are through by ≈ ${when}; of the others it cannot:`
    : `The last is through ≈ ${when}.`
}

const dayMs = 86_400_000

/** Whom going on brings in at once. */
function Entering({ of: { firings, customers } }: { of: Preview['enrolling'] }) {
  if (firings === 0 && (customers === 0 || customers === null)) return null
  const held = firings > 0 ? `${plural(firings, 'firing')} held by the pause ${firings === 1 ? 'goes' : 'go'} on. ` : ''
  return (
    <Text size="sm">
      {held}
      {customers === null
        ? 'Whom it enrolls would take too long to count.'
        : // Who is in the audiences of two firings enrolls once.
          `${firings > 1 ? 'At most ' : ''}${plural(customers, 'new customer')} will enroll.`}
    </Text>
  )
}

/** Who is overdue by the wall clock, at which steps, and how long it takes to send what goes out at once. */
function Overdue({ campaignId, preview, waits }: { campaignId: string; preview: Preview; waits: Waits }) {
  const { overdue, nodes, queuedMessages } = preview
  const { messages, pace } = preview.sending[waits]
  const listed = `/campaigns/${campaignId}/runs?state=overdue`
  return (
    <div>
      <Text size="sm">
        Paused {ago(preview.pausedAt)}.{' '}
        {overdue === 0 ? (
          'Nobody is overdue by the clock.'
        ) : (
          <>
            <b>
              {about(preview)}
              <PeopleCount n={overdue} who="overdue" to={listed} words newTab />
            </b>{' '}
            {overdue === 1 ? 'is' : 'are'} overdue by the clock:
          </>
        )}
      </Text>
      {nodes.length > 0 && (
        <List size="sm" mt={4}>
          {nodes.slice(0, 5).map((node) => (
            <List.Item key={node.nodeId}>
              <PeopleCount
                n={node.overdue}
                who={`overdue at “${node.title || node.nodeId}”`}
                to={`${listed}&nodeId=${encodeURIComponent(node.nodeId)}`}
                newTab
              />{' '}
              at “{node.title || node.nodeId}”
            </List.Item>
          ))}
          {nodes.length > 5 && (
            <List.Item>{count(nodes.slice(5).reduce((sum, node) => sum + node.overdue, 0))} at other steps</List.Item>
          )}
        </List>
      )}
      {messages > 0 && (
        <Text size="sm" mt={4}>
          {plural(messages, 'message')} {messages === 1 ? 'goes' : 'go'} out at once: {takesText(pace)} of sending
          {paceText(pace)}.
        </Text>
      )}
      {queuedMessages > 0 && (
        <Text size="sm" c="dimmed" mt={4}>
          {plural(queuedMessages, 'message')} wait{queuedMessages === 1 ? 's' : ''} to be sent; the limits of their
          senders hold.
        </Text>
      )}
    </div>
  )
}

import { Button, Checkbox, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { count, plural } from '../format.ts'
import { queryClient, toast, toastProblem, useApi } from '../query.ts'
import { CustomersPicker } from './audience.tsx'
import { Show } from './page.tsx'

type Outcome = Answer<'GET /campaigns/:id/outcomes'>['items'][number]

const keyOf = ({ status, reason }: Outcome) => `${status} ${reason}`
const words: Record<Outcome['status'], string> = { succeeded: 'Succeeded', canceled: 'Canceled', failed: 'Failed' }
const label = ({ status, reason }: Outcome) => `${words[status]}: ${reason.replaceAll(/[-_]/g, ' ')}`

/** Sends customers through a campaign again: all who ended in chosen ways, or chosen ones. Admins only. */
export function ReEnrollDialog({ campaign, onClose }: { campaign: { id: string; name: string }; onClose(): void }) {
  const outcomes = useApi('GET /campaigns/:id/outcomes', { params: { id: campaign.id } }, { staleTime: 0 })
  return (
    <Modal opened onClose={onClose} title={`Re-enroll in “${campaign.name}”`}>
      <Show of={outcomes} rows={4}>
        {(found) => <Choice campaignId={campaign.id} {...found} onClose={onClose} />}
      </Show>
    </Modal>
  )
}

function Choice({
  campaignId,
  items,
  inside,
  onClose,
}: {
  campaignId: string
  items: Outcome[]
  inside: number
  onClose(): void
}) {
  const [by, setBy] = useState<'outcome' | 'customers'>(items.length > 0 ? 'outcome' : 'customers')
  const [chosen, setChosen] = useState<string[]>([])
  const [customerIds, setCustomerIds] = useState<string[]>([])
  const [busy, setBusy] = useState(false)
  const picked = items.filter((outcome) => chosen.includes(keyOf(outcome)))
  const n = by === 'customers' ? customerIds.length : picked.reduce((sum, one) => sum + one.count, 0)
  const send = async () => {
    setBusy(true)
    try {
      const bodies =
        by === 'customers' ? [{ customerIds }] : picked.map(({ status, reason }) => ({ outcome: { status, reason } }))
      for (const body of bodies) await api('POST /campaigns/:id/re-enroll', { params: { id: campaignId }, body })
      toast('Re-enrolling. Progress shows under Enrolling')
      onClose()
    } catch (problem) {
      toastProblem(problem)
    } finally {
      setBusy(false)
      void queryClient.invalidateQueries()
    }
  }
  return (
    <Stack>
      <Text>
        They start again at the trigger and may get its messages again.{' '}
        {inside > 0 && `${plural(inside, 'customer')} still inside ${inside === 1 ? 'is' : 'are'} left out.`}
      </Text>
      <Radio.Group label="Who" value={by} onChange={(value) => setBy(value as 'outcome' | 'customers')}>
        <Group mt={6}>
          <Radio value="outcome" label="Everyone who ended in one way" disabled={items.length === 0} />
          <Radio value="customers" label="Chosen customers" />
        </Group>
      </Radio.Group>
      {by === 'outcome' ? (
        <Checkbox.Group label="Their last passage ended" value={chosen} onChange={setChosen}>
          <Stack gap={8} mt={6}>
            {items.map((outcome) => (
              <Checkbox
                key={keyOf(outcome)}
                value={keyOf(outcome)}
                label={`${label(outcome)} (${count(outcome.count)})`}
              />
            ))}
          </Stack>
        </Checkbox.Group>
      ) : (
        <CustomersPicker label="Customers" value={customerIds} onChange={setCustomerIds} />
      )}
      {items.length === 0 && (
        <Text size="sm" c="dimmed">
          Nobody has gone through this campaign yet.
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={busy}
          onClick={() => (n === 0 ? toastProblem('Choose how they ended, or at least one customer.') : void send())}
        >
          {n > 0 ? `Re-enroll ${count(n)}` : 'Re-enroll'}
        </Button>
      </Group>
    </Stack>
  )
}

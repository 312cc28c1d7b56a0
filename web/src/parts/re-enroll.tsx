import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { plural } from '../format.ts'
import { toastProblem, useAct } from '../query.ts'
import { CustomersPicker } from './audience.tsx'

type Status = 'succeeded' | 'canceled' | 'failed'

/** Sends customers through a campaign again: chosen ones, or all who ended in one way. Admins only. */
export function ReEnrollDialog({ campaign, onClose }: { campaign: { id: string; name: string }; onClose(): void }) {
  const [by, setBy] = useState<'outcome' | 'customers'>('outcome')
  const [status, setStatus] = useState<Status>('failed')
  const [reason, setReason] = useState('')
  const [customerIds, setCustomerIds] = useState<string[]>([])
  const again = useAct('POST /campaigns/:id/re-enroll', {
    done: 'Re-enrolling. Progress shows under Enrolling',
    after: onClose,
  })
  const send = () => {
    if (by === 'customers' && customerIds.length === 0) return toastProblem('Choose at least one customer.')
    const body =
      by === 'customers' ? { customerIds } : { outcome: { status, ...(reason.trim() && { reason: reason.trim() }) } }
    again.mutate({ params: { id: campaign.id }, body })
  }
  return (
    <Modal opened onClose={onClose} title={`Re-enroll in “${campaign.name}”`}>
      <Stack>
        <Text>
          They start again at the trigger and may get its messages again. Whoever is still inside is left out.
        </Text>
        <Radio.Group label="Who" value={by} onChange={(value) => setBy(value as 'outcome' | 'customers')}>
          <Group mt={6}>
            <Radio value="outcome" label="Everyone who ended in one way" />
            <Radio value="customers" label="Chosen customers" />
          </Group>
        </Radio.Group>
        {by === 'outcome' ? (
          <>
            <Radio.Group label="Their run" value={status} onChange={(value) => setStatus(value as Status)}>
              <Group mt={6}>
                <Radio value="succeeded" label="Succeeded" />
                <Radio value="canceled" label="Canceled" />
                <Radio value="failed" label="Failed" />
              </Group>
            </Radio.Group>
            <TextInput
              label="Only with this reason"
              placeholder="Any, or for example cooldown"
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </>
        ) : (
          <CustomersPicker label="Customers" value={customerIds} onChange={setCustomerIds} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={again.isPending} onClick={send}>
            {by === 'customers' && customerIds.length > 0
              ? `Re-enroll ${plural(customerIds.length, 'customer')}`
              : 'Re-enroll'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

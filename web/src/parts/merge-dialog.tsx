import { Button, Group, List, Modal, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { nameOf, plural } from '../format.ts'
import { toastProblem, useAct, useApi } from '../query.ts'
import type { Customer } from './customer-fields.ts'
import { CustomerSelect } from './customer-select.tsx'

/** Makes one of two customers who were chosen in a list: which one stays can be turned round. */
export function MergeTwo({ ids: [first, second], onClose }: { ids: readonly [string, string]; onClose(): void }) {
  const [turned, setTurned] = useState(false)
  const loser = useApi('GET /customers/:id', { params: { id: turned ? first : second } })
  if (!loser.data) return null
  return (
    <MergeDialog
      key={loser.data.id}
      customer={loser.data}
      survivorId={turned ? second : first}
      onTurn={() => setTurned(!turned)}
      onClose={onClose}
    />
  )
}

/** Makes one of two customers: asks into whom, and says what becomes of both. */
export function MergeDialog({
  customer,
  survivorId = null,
  onTurn,
  onClose,
}: {
  customer: Customer
  /** Who stays, when that is known. */
  survivorId?: string | null
  /** Has the other one stay. */
  onTurn?: () => void
  onClose(): void
}) {
  const navigate = useNavigate()
  const [into, setInto] = useState<string | null>(survivorId)
  const survivor = useApi('GET /customers/:id', { params: { id: into ?? '' } }, { enabled: into !== null })
  const [asked, setAsked] = useState(false)
  const fault =
    into === customer.id ? 'Choose another customer.' : asked && into === null ? 'Choose a customer.' : undefined
  const merge = useAct('POST /customers/:id/merge', {
    done: ({ customer: merged, moved }) =>
      `Merged into ${nameOf(merged)}: ${plural(moved.runsMoved, 'run')} moved, ${plural(moved.runsEnded, 'run')} ended`,
    after: ({ customer: merged }) => void navigate({ to: '/customers/$id', params: { id: merged.id } }),
  })
  const name = survivor.data ? nameOf(survivor.data) : 'the other'
  return (
    <Modal opened onClose={onClose} title={`Merge ${nameOf(customer)} into another customer`}>
      <Stack>
        {onTurn ? (
          <Group justify="space-between">
            <Text>
              <b>{name}</b> stays.
            </Text>
            <Button size="xs" variant="default" onClick={onTurn}>
              Keep {nameOf(customer)} instead
            </Button>
          </Group>
        ) : (
          <CustomerSelect label="Merge into" value={into} onChange={setInto} error={fault} />
        )}
        <List size="sm" spacing={4}>
          <List.Item>
            {survivor.data ? name : 'The other'} keeps what is known of them, and gets what they lack.
          </List.Item>
          <List.Item>Tags, segments and wishes not to be written to add up.</List.Item>
          <List.Item>
            Campaigns that only {nameOf(customer)} is in go on with {name}. Where both are in one, this one’s run ends.
          </List.Item>
          <List.Item>{nameOf(customer)} is archived.</List.Item>
        </List>
        <Text size="sm" c="dimmed">
          This can’t be undone.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={merge.isPending}
            onClick={() => {
              setAsked(true)
              if (into === null || into === customer.id) return
              if (!survivor.data) return toastProblem('The other customer is still being read. Try again.')
              merge.mutate({ params: { id: customer.id }, body: { into } })
            }}
          >
            {into === null ? 'Merge' : `Merge into ${name}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

import { Button, Group, Modal, Select, Stack, Text } from '@mantine/core'
import {
  IconArchive,
  IconArrowMerge,
  IconBan,
  IconDownload,
  IconEraser,
  IconNote,
  IconPencil,
  IconSquareCheck,
} from '@tabler/icons-react'
import { useState } from 'react'
import { nameOf } from '../format.ts'
import { MoreMenu } from '../parts/bits.tsx'
import { Confirm } from '../parts/confirm.tsx'
import type { Customer } from '../parts/customer-fields.ts'
import { CustomerDrawer } from '../parts/customer-form.tsx'
import { MergeDialog } from '../parts/merge-dialog.tsx'
import { TaskDialog } from '../parts/task-dialog.tsx'
import { toastProblem, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'

type Asking = 'edit' | 'enroll' | 'task' | 'suppress' | 'merge' | 'archive' | 'erase'

/** What can be done to one customer. `onNote` opens the field for a note, `onGone` hears that they are erased. */
export function CustomerActions({ customer, onNote, onGone }: { customer: Customer; onNote(): void; onGone(): void }) {
  const can = useCan()
  const [asking, setAsking] = useState<Asking | null>(null)
  const close = () => setAsking(null)
  const params = { id: customer.id }
  const archive = useAct('DELETE /customers/:id', { done: `${nameOf(customer)} archived`, after: close })
  const erase = useAct('POST /customers/:id/erase', {
    done: 'Erased',
    after: () => {
      close()
      onGone()
    },
  })
  const gone = customer.archivedAt !== null || customer.erasedAt !== null
  return (
    <Group gap={6} wrap="nowrap">
      {!gone && (
        <>
          <Button size="compact-md" onClick={() => setAsking('enroll')}>
            Enroll
          </Button>
          <Button
            size="compact-md"
            variant="default"
            leftSection={<IconNote size={16} />}
            aria-label="Add note"
            onClick={onNote}
          >
            Note
          </Button>
          <Button
            size="compact-md"
            variant="default"
            leftSection={<IconSquareCheck size={16} />}
            aria-label="Add task"
            onClick={() => setAsking('task')}
          >
            Task
          </Button>
        </>
      )}
      <MoreMenu
        label="More actions"
        entries={[
          !gone && { label: 'Edit', icon: <IconPencil size={16} />, run: () => setAsking('edit') },
          {
            label: 'Export what is kept',
            icon: <IconDownload size={16} />,
            run: () => window.open(`/api/v1/customers/${customer.id}/export`),
          },
          !gone && {
            label: 'Do not write to them…',
            icon: <IconBan size={16} />,
            run: () => setAsking('suppress'),
            danger: true,
          },
          !gone && {
            label: 'Merge into another…',
            icon: <IconArrowMerge size={16} />,
            run: () => setAsking('merge'),
            danger: true,
          },
          !gone && {
            label: 'Archive…',
            icon: <IconArchive size={16} />,
            run: () => setAsking('archive'),
            danger: true,
          },
          can('customers.erase') &&
            customer.erasedAt === null && {
              label: 'Erase the person…',
              icon: <IconEraser size={16} />,
              run: () => setAsking('erase'),
              danger: true,
            },
        ]}
      />
      {asking === 'edit' && <CustomerDrawer customer={customer} onClose={close} onSaved={close} />}
      {asking === 'enroll' && <EnrollDialog customer={customer} onClose={close} />}
      {asking === 'task' && <TaskDialog customer={customer} onClose={close} />}
      {asking === 'suppress' && <SuppressDialog customer={customer} onClose={close} />}
      {asking === 'merge' && <MergeDialog customer={customer} onClose={close} />}
      <Confirm
        opened={asking === 'archive'}
        title={`Archive ${nameOf(customer)}?`}
        deed="Archive"
        danger
        busy={archive.isPending}
        onClose={close}
        onConfirm={() => archive.mutate({ params })}
      >
        No campaign writes to them any more. What happened stays in the history.
      </Confirm>
      <Confirm
        opened={asking === 'erase'}
        title={`Erase ${nameOf(customer)}?`}
        deed="Erase for good"
        danger
        busy={erase.isPending}
        onClose={close}
        onConfirm={() => erase.mutate({ params })}
      >
        Name, contacts, attributes, notes and the texts of messages are removed everywhere. Counts stay, and so does
        their wish not to be written to. This can’t be undone.
      </Confirm>
    </Group>
  )
}

function EnrollDialog({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const campaigns = useApi('GET /campaigns', { query: { status: 'active', limit: 200 } })
  const [campaignId, setCampaignId] = useState<string | null>(null)
  const enroll = useAct('POST /campaigns/:id/enroll', { done: `${nameOf(customer)} is being enrolled`, after: onClose })
  const choices = (campaigns.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))
  return (
    <Modal opened onClose={onClose} title={`Enroll ${nameOf(customer)}`}>
      <Stack>
        <Text>
          The audience does not matter here. Whoever is inside, or went through before, is not enrolled a second time.
        </Text>
        <Select
          label="Active campaign"
          data={choices}
          value={campaignId}
          onChange={setCampaignId}
          searchable
          placeholder={choices.length === 0 ? 'No campaign is active' : 'Choose'}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={enroll.isPending}
            onClick={() =>
              campaignId
                ? enroll.mutate({ params: { id: campaignId }, body: { customerIds: [customer.id] } })
                : toastProblem('Choose a campaign first.')
            }
          >
            Enroll
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

const channels = [
  { value: 'email', label: 'Email' },
  { value: 'telegram', label: 'Telegram' },
  { value: 'linkedin', label: 'LinkedIn' },
  { value: 'all', label: 'Every channel' },
] as const

function SuppressDialog({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const [channel, setChannel] = useState<(typeof channels)[number]['value']>('email')
  const suppress = useAct('POST /suppressions', {
    done: `${nameOf(customer)} is on the suppression list`,
    after: onClose,
  })
  return (
    <Modal opened onClose={onClose} title={`Do not write to ${nameOf(customer)}`}>
      <Stack>
        <Text>No campaign writes to them there any more, at once. An admin can lift it in the settings.</Text>
        <Select
          label="Channel"
          data={[...channels]}
          value={channel}
          allowDeselect={false}
          onChange={(next) => setChannel(channels.find(({ value }) => value === next)?.value ?? 'email')}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={suppress.isPending}
            onClick={() => suppress.mutate({ body: { customerId: customer.id, channel } })}
          >
            Do not write to them
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

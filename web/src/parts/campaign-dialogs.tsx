import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { count, plural } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { useDeciding } from '../triggers/deciding.ts'
import { ActivateDialog } from './activate.tsx'
import type { ActableCampaign } from './campaign-actions.tsx'
import { Confirm } from './confirm.tsx'
import { GoOnDialog } from './go-on.tsx'
import { Show } from './page.tsx'
import { ReEnrollDialog } from './re-enroll.tsx'
import { RenameDialog } from './rename-dialog.tsx'
import { RunNow } from './run-now.tsx'
import { Waterfall } from './waterfall.tsx'

/** An action of a campaign that asks something first. */
export interface AskedDialog {
  what: 'activate' | 'run' | 'resume' | 'complete' | 'reopen' | 'archive' | 'delete' | 're-enroll' | 'rename'
  campaign: ActableCampaign
}

/** The dialog of one action. */
export function CampaignDialog({ asking: { what, campaign }, onClose }: { asking: AskedDialog; onClose(): void }) {
  if (what === 're-enroll') return <ReEnrollDialog campaign={campaign} onClose={onClose} />
  if (what === 'archive') return <ArchiveDialog campaign={campaign} onClose={onClose} />
  if (what === 'rename') return <RenameDialog campaign={campaign} onClose={onClose} />
  if (what === 'reopen') return <ReopenDialog campaign={campaign} onClose={onClose} />
  if (what === 'delete') return <DeleteDialog campaign={campaign} onClose={onClose} />
  return <Detailed what={what} id={campaign.id} onClose={onClose} />
}

function Detailed({
  what,
  id,
  onClose,
}: {
  what: 'activate' | 'run' | 'resume' | 'complete'
  id: string
  onClose(): void
}) {
  const campaign = useApi('GET /campaigns/:id', { params: { id } })
  if (!campaign.data) return null
  if (what === 'activate') return <ActivateDialog campaign={campaign.data} onClose={onClose} />
  if (what === 'run') return <RunDialog campaign={campaign.data} onClose={onClose} />
  return <GoOnDialog what={what} campaign={campaign.data} onClose={onClose} />
}

function RunDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const [people, setPeople] = useState(false)
  return (
    <Modal opened onClose={onClose} title={`Run “${campaign.name}” now`} closeOnEscape={!people}>
      <RunNow campaign={campaign} onClose={onClose} onPeople={setPeople} />
    </Modal>
  )
}

/** Whether reopening enrolls anybody, and whom, is said before it does. */
function ReopenDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const params = { id: campaign.id }
  const preflight = useApi('GET /campaigns/:id/preflight', { params }, { staleTime: 0 })
  const reopen = useAct('POST /campaigns/:id/reopen', { done: 'Reopened', after: onClose })
  const [people, setPeople] = useState(false)
  const { decide } = useDeciding(campaign.id)
  const keeps = campaign.enroll === 'keep' && !decide
  const n = keeps ? (preflight.data?.willEnroll ?? 0) : 0
  return (
    <Modal opened onClose={onClose} title={`Reopen “${campaign.name}”`} closeOnEscape={!people}>
      <Stack>
        <Text>
          {keeps
            ? 'It keeps enrolling: whoever matches now and was never in enters at once.'
            : decide
              ? 'Its triggers enroll customers again; schedules count from now on.'
              : 'Nobody enters by this alone; “Run now” enrolls whoever matches.'}
        </Text>
        {keeps && (
          <Show of={preflight} rows={3}>
            {(found) => <Waterfall {...found} campaignId={campaign.id} onPeople={setPeople} />}
          </Show>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={reopen.isPending || (keeps && preflight.isPending)}
            onClick={() => reopen.mutate({ params })}
            data-autofocus
          >
            {n > 0 ? `Reopen and enroll ${count(n)}` : 'Reopen'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

/** Above so many people the number has to be typed, as for activating (UX §4.7). */
const typedFrom = 500

function ArchiveDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const archive = useAct('POST /campaigns/:id/archive', { done: 'Archived', after: onClose })
  const { inside } = campaign.counts
  return (
    <Confirm
      opened
      title={`Archive “${campaign.name}”?`}
      deed={inside > 0 ? `Archive and stop ${count(inside)}` : 'Archive'}
      danger
      typed={inside > typedFrom ? String(inside) : undefined}
      busy={archive.isPending}
      onClose={onClose}
      onConfirm={() => archive.mutate({ params: { id: campaign.id } })}
    >
      {inside > 0 && `${plural(inside, 'customer')} inside stop${inside === 1 ? 's' : ''} now. `}Analytics stay. This
      can’t be undone; you can duplicate it.
    </Confirm>
  )
}

function DeleteDialog({ campaign, onClose }: { campaign: ActableCampaign; onClose(): void }) {
  const navigate = useNavigate()
  const remove = useAct('DELETE /campaigns/:id', {
    done: `“${campaign.name}” deleted`,
    after: () => {
      onClose()
      void navigate({ to: '/campaigns' })
    },
  })
  return (
    <Confirm
      opened
      title={`Delete “${campaign.name}”?`}
      deed="Delete draft"
      danger
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { id: campaign.id } })}
    >
      It never ran, so nothing else is lost. This can’t be undone.
    </Confirm>
  )
}

import { Button, Group, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { exact } from '../format.ts'
import { exportCampaign, useCampaignActions } from '../parts/campaign-actions.tsx'
import { useMembers } from '../parts/choices.ts'
import { EnrollMode } from '../parts/enroll-mode.tsx'
import { CampaignForm } from '../parts/rename-dialog.tsx'
import { useCan } from '../session.tsx'
import type { Campaign } from './campaign.tsx'

/** Name, description and owner; how it enrolls; the campaign as a file; and its end. */
export function SettingsTab({ campaign }: { campaign: Campaign }) {
  const can = useCan()
  const members = useMembers()
  const { ask, dialog } = useCampaignActions()
  const { status, holdoutPercent } = campaign
  const archived = status === 'archived'
  const isRunning = status === 'active' || status === 'paused'
  return (
    <Stack gap={16} maw={680}>
      <Part title="About">
        {archived || !can('campaigns.write') ? (
          <Stack gap={6}>
            <Text>{campaign.description || 'No description.'}</Text>
            <Text c="dimmed">
              Owner: {members.find(({ value }) => value === campaign.ownerId)?.label ?? '—'}
              {campaign.archivedAt && `. Archived ${exact(campaign.archivedAt)}: it cannot be changed any more.`}
            </Text>
          </Stack>
        ) : (
          <CampaignForm campaign={campaign} />
        )}
      </Part>
      {status !== 'draft' && (
        <Part title="Enrolling">
          <Stack gap={6}>
            {isRunning ? (
              <div>
                <EnrollMode campaign={campaign} />
              </div>
            ) : (
              <Text>Nobody new enters a campaign that is {status}.</Text>
            )}
            <Text size="sm" c="dimmed">
              {holdoutPercent > 0
                ? `${holdoutPercent} % of those who enroll are held out, to compare with. Fixed at activation.`
                : 'Nobody is held out. A holdout is fixed at activation.'}
            </Text>
          </Stack>
        </Part>
      )}
      <Part title="As a file">
        <Group justify="space-between" gap={12}>
          <Text size="sm" c="dimmed" style={{ flex: '1 1 260px' }}>
            Workflow, audience and products by name, for version control or another workspace.
          </Text>
          <Button variant="default" onClick={() => void exportCampaign(campaign)}>
            Export
          </Button>
        </Group>
      </Part>
      {!archived && can('campaigns.run') && (
        <Part title="End">
          <Stack gap={10}>
            {isRunning && (
              <Choice
                text="Nobody new enters; whoever is inside goes on to the end. It can be reopened."
                button={
                  <Button variant="default" onClick={() => ask('complete', campaign)}>
                    Complete…
                  </Button>
                }
              />
            )}
            <Choice
              text="Whoever is inside stops. Analytics stay. This cannot be undone."
              button={
                <Button variant="default" c="var(--tl-bad)" onClick={() => ask('archive', campaign)}>
                  Archive…
                </Button>
              }
            />
            {status === 'draft' && (
              <Choice
                text="It never ran, so it can be deleted."
                button={
                  <Button variant="default" c="var(--tl-bad)" onClick={() => ask('delete', campaign)}>
                    Delete…
                  </Button>
                }
              />
            )}
          </Stack>
        </Part>
      )}
      {dialog}
    </Stack>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label={title}>
      <Title order={2} mb={10}>
        {title}
      </Title>
      {children}
    </section>
  )
}

const Choice = ({ text, button }: { text: string; button: ReactNode }) => (
  <Group justify="space-between" gap={12}>
    <Text size="sm" style={{ flex: '1 1 260px' }}>
      {text}
    </Text>
    {button}
  </Group>
)

import { Alert, Button, Menu, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import { Empty, Show } from '../parts/page.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import { TriggerCard } from './trigger-card.tsx'
import { type Editable, kinds, type Trigger, TriggerForm } from './trigger-form.tsx'

/** What makes a campaign's customers enroll. */
export function TriggersTab({ campaign }: { campaign: { id: string; status: string; enroll: string } }) {
  const can = useCan()
  const list = useApi(
    'GET /campaigns/:id/triggers',
    { params: { id: campaign.id }, query: { limit: 200 } },
    { refetchInterval: liveMs },
  )
  const [editing, setEditing] = useState<{ type: Editable; trigger: Trigger | null } | null>(null)
  // Shown once, as long as this page is.
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const keep = (id: string, secret: string) => setSecrets((known) => ({ ...known, [id]: secret }))
  const add = useAct('POST /campaigns/:id/triggers', { done: 'Trigger added' })
  const writes = can('campaigns.write') && campaign.status !== 'archived'
  const choose = (type: Trigger['type']) => {
    if (type === 'manual') add.mutate({ params: { id: campaign.id }, body: { type, config: {} } })
    else setEditing({ type, trigger: null })
  }
  const menu = (triggers: readonly Trigger[]) => (
    <Menu>
      <Menu.Target>
        <Button leftSection={<IconPlus size={16} />} loading={add.isPending}>
          Add a trigger
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(kinds) as Trigger['type'][])
          .filter((type) => type !== 'manual' || !triggers.some((trigger) => trigger.type === 'manual'))
          .map((type) => (
            <Menu.Item key={type} onClick={() => choose(type)}>
              {kinds[type].title}
              <Text size="sm" c="dimmed">
                {kinds[type].summary}
              </Text>
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  )
  return (
    <Show of={list}>
      {({ items }) => (
        <Stack gap={14} maw={860}>
          {items.length === 0 ? (
            <div className="tl-card">
              <Empty title="No triggers" action={writes && menu(items)}>
                {campaign.enroll === 'keep' && campaign.status !== 'draft'
                  ? 'Whoever matches the audience enrolls by themselves. With a schedule, a webhook or an event, that alone decides instead.'
                  : 'Without one, activation and “Run now” enroll the audience. Add one to enroll on a schedule, by a call from another system, or when something happens to a customer.'}
              </Empty>
            </div>
          ) : (
            <>
              {writes && <div>{menu(items)}</div>}
              {campaign.status === 'paused' && (
                <Alert color="yellow" title="The campaign is paused">
                  What fires now is refused for good. Schedules count from the moment it is resumed.
                </Alert>
              )}
              {items.map((trigger) => (
                <TriggerCard
                  key={trigger.id}
                  trigger={trigger}
                  campaign={campaign}
                  secret={secrets[trigger.id] ?? null}
                  onSecret={(secret) => keep(trigger.id, secret)}
                  onEdit={() => trigger.type !== 'manual' && setEditing({ type: trigger.type, trigger })}
                />
              ))}
            </>
          )}
          {editing && (
            <TriggerForm
              campaignId={campaign.id}
              type={editing.type}
              trigger={editing.trigger}
              onClose={() => setEditing(null)}
              onSecret={keep}
            />
          )}
        </Stack>
      )}
    </Show>
  )
}

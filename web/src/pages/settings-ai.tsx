import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core'
import { IconCheck, IconPencil, IconPlugConnected, IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { Confirm } from '../parts/confirm.tsx'
import { ConnectionCard, TestFound } from '../parts/connection-card.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { toast, toastProblem, useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import { kinds, ProviderDialog } from './settings-ai-dialog.tsx'
import { Limits, Uses } from './settings-ai-use.tsx'

type Provider = Item<'GET /ai/providers'>

const health = { ok: ['good', 'works'], failing: ['bad', 'fails'], unknown: ['flat', 'not tested'] } as const
const ways = { schema: 'by a strict schema', json: 'in JSON mode', text: 'by words alone' }

/** AI models: which one writes workflows, what it may cost, and the instructions that it follows. */
export function AiSection() {
  const can = useCan()
  const manage = can('ai.manage')
  const list = useApi('GET /ai/providers')
  const [editing, setEditing] = useState<Provider | 'new' | null>(null)
  const [removing, setRemoving] = useState<Provider | null>(null)
  const test = useAct('POST /ai/providers/:id/test', {
    after: (found) =>
      found.ok
        ? toast(`It answered after ${(found.latencyMs / 1000).toFixed(1)} s`)
        : toastProblem(found.detail ?? 'It does not work'),
  })
  const choose = useAct('PATCH /ai/providers/:id', { done: (answer) => `${answer.name} is asked from now on` })
  const remove = useAct('DELETE /ai/providers/:id', {
    done: 'Removed; its key is forgotten',
    after: () => setRemoving(null),
  })
  if (list.isPending) return <Loading />
  if (list.error) return <Failure error={list.error} retry={() => void list.refetch()} />
  const providers = list.data.items
  return (
    <Stack gap={24}>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          AI Generate and the helpers for texts ask the model that is chosen here. It is told the catalogue of steps and
          the names of your segments, templates, senders, products and members, never a customer. Without a model the
          built-in outline reader answers, by rules.
        </Text>
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')}>
            Add an AI model
          </Button>
        )}
      </Group>
      {providers.length === 0 && (
        <Text>{manage ? 'No model is connected yet.' : 'No model is connected. An admin can add one here.'}</Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {providers.map((provider) => (
          <ConnectionCard
            key={provider.id}
            name={provider.name}
            pills={[
              ...(provider.isChat ? [{ tone: 'good' as const, word: 'in use' }] : []),
              ...(provider.health ? [{ tone: health[provider.health][0], word: health[provider.health][1] }] : []),
            ]}
            entries={
              manage
                ? [
                    { label: 'Edit', icon: <IconPencil size={16} />, run: () => setEditing(provider) },
                    ...(provider.isChat
                      ? []
                      : [
                          {
                            label: 'Use this one',
                            icon: <IconCheck size={16} />,
                            run: () => choose.mutate({ params: { id: provider.id }, body: { isChat: true } }),
                          },
                        ]),
                    {
                      label: 'Test now',
                      icon: <IconPlugConnected size={16} />,
                      run: () => test.mutate({ params: { id: provider.id } }),
                    },
                    { label: 'Remove…', icon: <IconTrash size={16} />, run: () => setRemoving(provider), danger: true },
                  ]
                : null
            }
          >
            <Text size="sm">
              {provider.model} <span className="tl-muted">· {kinds[provider.kind]}</span>
            </Text>
            {provider.baseUrl && (
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {provider.baseUrl}
              </Text>
            )}
            {manage && (
              <Text size="sm" c="dimmed">
                {typeof provider.inputPrice === 'number' && typeof provider.outputPrice === 'number'
                  ? `$${provider.inputPrice} in, $${provider.outputPrice} out for a million tokens`
                  : 'No price set: its cost is not known'}
                {provider.answers && provider.health === 'ok' && ` · asked ${ways[provider.answers]}`}
              </Text>
            )}
            <TestFound detail={provider.healthDetail} at={provider.healthAt} bad />
          </ConnectionCard>
        ))}
      </SimpleGrid>
      {manage && <Limits />}
      {manage && <Uses />}
      {editing && <ProviderDialog provider={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      <Confirm
        opened={removing !== null}
        title={`Remove “${removing?.name}”?`}
        deed="Remove model"
        danger
        busy={remove.isPending}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { id: removing.id } })}
      >
        Its key is forgotten. What was used stays in the list.
      </Confirm>
    </Stack>
  )
}

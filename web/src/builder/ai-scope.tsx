import { Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { ImproveMenu, useHasModel } from '../form/improve.tsx'
import { setConfig } from './branch-edits.ts'
import { useBuilder, useStore } from './store.ts'
import { tell } from './telling.tsx'

/** What AI Generate may change: everything, the selected steps, or the texts of the selected message. */
export type Scope = 'whole' | 'selection' | 'text'

/** The scopes that there are for what is selected, and the one that is chosen among them. */
export function useScope(wished: Scope) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const selected = useBuilder((state) => state.selected)
  const ids = [...selected].filter((id) => draft.nodes.has(id))
  const only = ids.length === 1 ? draft.nodes.get(ids[0] ?? '') : undefined
  const message = only && store.catalogue[only.type]?.sends ? only : undefined
  const scope: Scope = ids.length === 0 || (wished === 'text' && !message) ? 'whole' : wished
  return { scope, ids, message }
}

/** Chooses the scope, where something is selected; else says how to. */
export function ScopeChoice({ wished, onChange }: { wished: Scope; onChange(scope: Scope): void }) {
  const { scope, ids, message } = useScope(wished)
  if (ids.length === 0) {
    return (
      <Text size="xs" c="dimmed">
        It is about the whole workflow. Select steps on the canvas to change those alone.
      </Text>
    )
  }
  return (
    <SegmentedControl
      size="xs"
      fullWidth
      aria-label="What may change"
      value={scope}
      onChange={(next) => onChange(next as Scope)}
      data={[
        { value: 'whole', label: 'Whole workflow' },
        { value: 'selection', label: `Selection (${ids.length})` },
        ...(message ? [{ value: 'text', label: 'Its text' }] : []),
      ]}
    />
  )
}

const texts = [
  ['subject', 'Subject'],
  ['body', 'Body'],
] as const

/** The texts of the selected message, each with alternatives by the model. */
export function MessageTexts({ wished }: { wished: Scope }) {
  const store = useStore()
  const { message } = useScope(wished)
  const hasModel = useHasModel()
  if (!message) return null
  const fields = texts.flatMap(([field, label]) => {
    const text = message.config[field]
    return typeof text === 'string' && text.trim() !== '' ? [{ field, label, text }] : []
  })
  if (!hasModel)
    return (
      <Text size="sm">Better texts take an AI model. The outline reader writes none, so nothing is offered here.</Text>
    )
  if (fields.length === 0) return <Text size="sm">“{message.title}” has no text of its own yet.</Text>
  return (
    <Stack gap={10}>
      {fields.map(({ field, label, text }) => (
        <section key={field} aria-label={`${label} of ${message.title}`}>
          <Group justify="space-between" wrap="nowrap">
            <Text size="xs" fw={600}>
              {label}
            </Text>
            <ImproveMenu
              text={text}
              field={field}
              label={label}
              onTake={(better) =>
                tell(store.run(setConfig(store.scene, message.id, { ...message.config, [field]: better })))
              }
            />
          </Group>
          <Text size="sm" lineClamp={6} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {text}
          </Text>
        </section>
      ))}
    </Stack>
  )
}

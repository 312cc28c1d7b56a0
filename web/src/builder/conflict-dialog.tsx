import { Button, Group, Radio, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { toast } from '../query.ts'
import type { Autosave } from './autosave.ts'
import { useSaveState } from './builder-bar.tsx'
import type { Conflict } from './merge.ts'
import { useStore } from './store.ts'

/** Asks which value stays where somebody else saved the same field, too. It lies beside the work and does not stop it. */
export default function ConflictDialog({ autosave, who }: { autosave: Autosave; who: string | null }) {
  const state = useSaveState(autosave)
  if (state.is !== 'conflict') return null
  const key = state.conflicts.map((conflict) => conflict.key).join()
  return <Chooser key={key} conflicts={state.conflicts} autosave={autosave} who={who ?? 'Somebody else'} />
}

function Chooser({ conflicts, autosave, who }: { conflicts: Conflict[]; autosave: Autosave; who: string }) {
  const store = useStore()
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set())
  const name = ({ kind, id, mine: own, theirs }: Conflict) => {
    const node = store.state.draft.nodes.get(id) ?? ((own ?? theirs) as { title?: string; type?: string } | null)
    return kind === 'edge' ? 'a connection' : `“${node?.title || store.catalogue[node?.type ?? '']?.title || id}”`
  }
  const end = (theirs: string[]) => {
    autosave.resolve(theirs)
    toast(theirs.length === 0 ? 'Your version is kept' : 'Their version was taken; Undo brings yours back')
  }
  const all = conflicts.map(({ key }) => key)
  return (
    <section className="tl-conflict" role="dialog" aria-label="Someone changed the same step">
      <Text fw={600}>
        {who} changed the same {conflicts.length === 1 ? 'field' : 'fields'}
      </Text>
      <Text size="sm" c="dimmed">
        Everything else was joined. Nothing of yours is lost until you choose, and what you do not choose stays in Undo.
      </Text>
      <Stack gap={10} my={10} className="tl-conflict-list">
        {conflicts.map((conflict) => (
          <Radio.Group
            key={conflict.key}
            label={`${fieldWords(conflict.field)} of ${name(conflict)}`}
            value={mine.has(conflict.key) ? 'mine' : 'theirs'}
            onChange={(choice) => {
              const next = new Set(mine)
              if (choice === 'mine') next.add(conflict.key)
              else next.delete(conflict.key)
              setMine(next)
            }}
          >
            <Stack gap={4} mt={4}>
              <Radio value="theirs" label={`Theirs: ${shown(conflict.theirs)}`} />
              <Radio value="mine" label={`Mine: ${shown(conflict.mine)}`} />
            </Stack>
          </Radio.Group>
        ))}
      </Stack>
      <Group justify="flex-end" gap={8}>
        <Button size="xs" variant="default" onClick={() => end([])}>
          Keep mine
        </Button>
        <Button size="xs" variant="default" onClick={() => end(all)}>
          Take theirs
        </Button>
        {conflicts.length > 1 && (
          <Button size="xs" onClick={() => end(all.filter((key) => !mine.has(key)))}>
            Take what is marked
          </Button>
        )}
      </Group>
    </section>
  )
}

const fieldWords = (field: string | null): string => {
  if (field === null) return 'All'
  const last = field.split('.').at(-1) ?? field
  const words = last.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function shown(value: unknown): string {
  if (value === undefined || value === '') return 'nothing'
  if (value === null) return 'deleted'
  const step = value as { title?: unknown }
  const text =
    typeof value === 'string' ? value : typeof step.title === 'string' ? `“${step.title}”` : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}

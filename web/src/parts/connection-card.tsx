import { Button, Group, Text, Title } from '@mantine/core'
import type { ComponentProps, ReactNode } from 'react'
import { ago } from '../format.ts'
import { MoreMenu, Pill } from './bits.tsx'

/** A card of something that the workspace is connected to: its name, how it fares, and what can be done with it. */
export function ConnectionCard({
  name,
  pills,
  entries,
  children,
}: {
  name: string
  pills: readonly { tone: ComponentProps<typeof Pill>['tone']; word: string }[]
  /** Null: there is nothing that the person may do. */
  entries: ComponentProps<typeof MoreMenu>['entries'] | null
  children: ReactNode
}) {
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label={name}>
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Title order={2}>{name}</Title>
        <Group gap={6} wrap="nowrap">
          {pills.map(({ tone, word }) => (
            <Pill key={word} tone={tone}>
              {word}
            </Pill>
          ))}
          {entries && <MoreMenu label={`Actions for ${name}`} entries={entries} />}
        </Group>
      </Group>
      {children}
    </section>
  )
}

/** What the last test found, and when. */
export function TestFound({
  detail,
  at,
  bad,
}: {
  detail: string | null | undefined
  at: string | null | undefined
  bad: boolean
}) {
  if (!detail) return null
  return (
    <Text size="sm" {...(bad && { c: 'var(--tl-bad)' })}>
      {detail} {at && <span className="tl-muted">· {ago(at)}</span>}
    </Text>
  )
}

/** The end of a form that connects something. */
export function SaveAndTest({ busy, onClose }: { busy: boolean; onClose(): void }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" loading={busy}>
        Save and test
      </Button>
    </Group>
  )
}

import { Button, Drawer, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Answer, Item } from '../api.ts'
import { Time } from '../parts/bits.tsx'
import { Loading } from '../parts/page.tsx'
import { usePages } from '../query.ts'
import { diffLines } from './text-diff.ts'

type Version = Item<'GET /templates/:id/versions'>

interface Words {
  subject: string
  body: string
}

/** What the template said before, as it was or beside what is in the editor; any of it can be taken back. */
export function Versions({
  template,
  current,
  onClose,
  onTake,
}: {
  template: Answer<'GET /templates/:id'>
  current: Words
  onClose(): void
  onTake(version: Version): void
}) {
  const [view, setView] = useState('text')
  const list = usePages('GET /templates/:id/versions', { params: { id: template.id }, query: { limit: 50 } })
  return (
    <Drawer opened onClose={onClose} position="right" size={600} title={`Versions of “${template.name}”`}>
      <Stack>
        <SegmentedControl
          size="xs"
          aria-label="Show versions"
          style={{ alignSelf: 'start' }}
          data={[
            { value: 'text', label: 'As they were' },
            { value: 'diff', label: 'Compare with the editor' },
          ]}
          value={view}
          onChange={setView}
        />
        {list.loading && <Loading rows={3} />}
        {list.items.map((version) => (
          <section key={version.number} className="tl-card" style={{ padding: 12 }}>
            <Group justify="space-between" mb={6}>
              <Text size="sm" fw={600}>
                Version {version.number} · <Time at={version.savedAt} />
              </Text>
              {(version.subject !== current.subject || version.body !== current.body) && (
                <Button size="compact-sm" variant="default" onClick={() => onTake(version)}>
                  Take this text back
                </Button>
              )}
            </Group>
            {view === 'diff' ? (
              <Difference version={version} current={current} />
            ) : (
              <>
                <Text size="sm" fw={500}>
                  {version.subject || <span className="tl-muted">No subject</span>}
                </Text>
                <pre className="tl-diff">{version.body}</pre>
              </>
            )}
          </section>
        ))}
        {list.hasMore && (
          <Button variant="subtle" onClick={list.more} loading={list.loadingMore}>
            Load more
          </Button>
        )}
      </Stack>
    </Drawer>
  )
}

/** From the version to what is in the editor, line by line, the subject as its first. */
function Difference({ version, current }: { version: Version; current: Words }) {
  const whole = ({ subject, body }: Words) => `${subject}\n${body}`
  const lines = diffLines(whole(version), whole(current))
  if (lines.every(({ kind }) => kind === 'same')) {
    return (
      <Text size="sm" c="dimmed">
        The same as in the editor.
      </Text>
    )
  }
  return (
    <div className="tl-diff">
      {lines.map((line, index) => {
        const key = `${index} ${line.text}`
        if (line.kind === 'added') return <ins key={key}>+ {line.text}</ins>
        if (line.kind === 'removed') return <del key={key}>− {line.text}</del>
        return (
          <div key={key} className="tl-muted">
            {'  '}
            {line.text}
          </div>
        )
      })}
    </div>
  )
}

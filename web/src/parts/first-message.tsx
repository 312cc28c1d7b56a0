import { ActionIcon, Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { nameOf } from '../format.ts'
import { useApi } from '../query.ts'
import { MailFrame } from './mail-frame.tsx'

type Drawn = Answer<'GET /campaigns/:id/preflight/examples'>

/** So many stand side by side; arrows lead to the next ones. */
const atOnce = 3

interface Example {
  id: string
  label: string
  missing: readonly string[]
}

/** Three of those who were drawn, and the one of all who has the most blanks. */
function examples({ items, emptiest }: Drawn, from: number): Example[] {
  const some = items
    .filter(({ id }) => id !== emptiest?.id)
    .slice(from, from + atOnce)
    .map((person): Example => ({ id: person.id, label: nameOf(person), missing: [] }))
  if (!emptiest) return some
  const { id, missing } = emptiest
  const label = some.length === 0 ? nameOf(emptiest) : `The emptiest: ${nameOf(emptiest)}`
  return [...some, { id, label, missing }]
}

/** What those who enroll get first, as the code that sends renders it: three by chance, arrows for others, and the one with the most blanks. */
export function FirstMessage({ campaignId }: { campaignId: string }) {
  const params = { id: campaignId }
  // One draw as long as the sheet is open: the arrows lead through it and back.
  const [seed] = useState(() => crypto.randomUUID())
  const drawn = useApi('GET /campaigns/:id/preflight/examples', { params, query: { seed } }, { staleTime: Infinity })
  const [from, setFrom] = useState(0)
  const [chosen, setChosen] = useState<string | null>(null)
  const nodeId = drawn.data?.nodeId ?? null
  const others = drawn.data ? drawn.data.items.filter(({ id }) => id !== drawn.data.emptiest?.id).length : 0
  const shown = drawn.data ? examples(drawn.data, from) : []
  const person = shown.find(({ id }) => id === chosen) ?? shown[0]
  const turn = (by: number) => {
    setFrom(from + by)
    setChosen(null)
  }
  const preview = useQuery({
    queryKey: ['first message', campaignId, nodeId, person?.id ?? null],
    queryFn: ({ signal }) =>
      api('POST /campaigns/:id/workflow/preview', {
        params,
        body: { nodeId: nodeId ?? '', customerId: person?.id ?? null },
        signal,
      }),
    enabled: nodeId !== null && person !== undefined,
    placeholderData: (before) => before,
    retry: false,
  })
  if (drawn.data && (nodeId === null || person === undefined)) return null
  const found = preview.data
  return (
    <section>
      <Title order={3} mb={6}>
        What they get first
      </Title>
      <Stack gap={8}>
        {shown.length > 1 && person && (
          <Group gap={6} wrap="nowrap">
            {others > atOnce && (
              <ActionIcon
                aria-label="Others before"
                aria-disabled={from === 0}
                onClick={() => from > 0 && turn(-atOnce)}
              >
                <IconChevronLeft size={16} />
              </ActionIcon>
            )}
            <SegmentedControl
              size="xs"
              aria-label="As whom"
              orientation={shown.length > 2 && window.innerWidth < 600 ? 'vertical' : 'horizontal'}
              data={shown.map(({ id, label }) => ({ value: id, label }))}
              value={person.id}
              onChange={setChosen}
              style={{ minWidth: 0 }}
            />
            {others > atOnce && (
              <ActionIcon
                aria-label="Others after"
                aria-disabled={from + atOnce >= others}
                onClick={() => from + atOnce < others && turn(atOnce)}
              >
                <IconChevronRight size={16} />
              </ActionIcon>
            )}
          </Group>
        )}
        {person && person.missing.length > 0 && (
          <Text size="sm" c="dimmed">
            Has no {new Intl.ListFormat('en', { type: 'disjunction' }).format(person.missing)}.
          </Text>
        )}
        {!found ? (
          (preview.error ?? drawn.error) ? (
            <Text size="sm" c="dimmed">
              {(preview.error ?? drawn.error)?.message}
            </Text>
          ) : (
            <Skeleton height={200} />
          )
        ) : found.error ? (
          <Text size="sm" c="var(--tl-bad)">
            {found.error}
          </Text>
        ) : (
          <>
            {found.channel === 'email' && (
              <Group gap={6}>
                <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                  {found.subject || <span className="tl-muted">No subject</span>}
                </Text>
              </Group>
            )}
            {found.html ? (
              <MailFrame title="The first message" html={found.html} height={170} />
            ) : (
              <Text style={{ whiteSpace: 'pre-wrap' }}>{found.text}</Text>
            )}
          </>
        )}
      </Stack>
    </section>
  )
}

import { Group, SegmentedControl, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, api, type Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { useApi, usePages } from '../query.ts'
import { MailFrame } from './mail-frame.tsx'

type Workflow = Answer<'GET /campaigns/:id/workflow'>
type Person = Item<'GET /campaigns/:id/preflight/people'>

/** The message that comes first after the trigger, by the fewest steps; of two as near, the one drawn first. */
function firstMessage(workflow: Workflow, sends: ReadonlySet<string>): string | null {
  const withWayIn = new Set(workflow.edges.map(({ target }) => target))
  let front = workflow.nodes.filter(({ id }) => !withWayIn.has(id)).map(({ id }) => id)
  const seen = new Set(front)
  while (front.length > 0) {
    const found = workflow.nodes.find(({ id, type }) => front.includes(id) && sends.has(type))
    if (found) return found.id
    front = workflow.edges
      .filter(({ source, target }) => front.includes(source) && !seen.has(target))
      .map(({ target }) => target)
    for (const id of front) seen.add(id)
  }
  return null
}

const blanks = ({ firstName, lastName, email }: Person) => [firstName, lastName, email].filter((part) => !part).length

/** Up to three of those who will enroll, and of the first 200 the one of whom least is known. */
function examples(people: readonly Person[]): { person: Person; label: string }[] {
  if (people.length === 0) return []
  const emptiest = people.reduce((least, person) => (blanks(person) > blanks(least) ? person : least))
  const spread = [0, 1, 2].map((part) => people[Math.floor((part * people.length) / 3)])
  const some = [...new Set(spread)].filter((person): person is Person => person !== undefined && person !== emptiest)
  return [
    ...some.map((person) => ({ person, label: nameOf(person) })),
    { person: emptiest, label: some.length === 0 ? nameOf(emptiest) : `The emptiest: ${nameOf(emptiest)}` },
  ]
}

/** What those who enroll get first, as the code that sends renders it: three of them, and the one with the most blanks. */
export function FirstMessage({ campaignId }: { campaignId: string }) {
  const params = { id: campaignId }
  const workflow = useApi('GET /campaigns/:id/workflow', { params })
  const types = useApi('GET /node-types', {}, { staleTime: Number.POSITIVE_INFINITY })
  const { items } = usePages('GET /campaigns/:id/preflight/people', {
    params,
    query: { line: 'will-enroll', limit: 200 },
  })
  const shown = examples(items)
  const [chosen, setChosen] = useState<string | null>(null)
  const person = shown.find((one) => one.person.id === chosen)?.person ?? shown[0]?.person
  const sends = new Set(types.data?.items.filter((type) => type.sends).map(({ type }) => String(type)))
  const nodeId = workflow.data ? firstMessage(workflow.data, sends) : null
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
  if (nodeId === null || person === undefined) return null
  const found = preview.data
  return (
    <section>
      <Title order={3} mb={6}>
        What they get first
      </Title>
      <Stack gap={8}>
        {shown.length > 1 && (
          <SegmentedControl
            size="xs"
            aria-label="As whom"
            orientation={shown.length > 2 && window.innerWidth < 600 ? 'vertical' : 'horizontal'}
            data={shown.map((one) => ({ value: one.person.id, label: one.label }))}
            value={person.id}
            onChange={setChosen}
          />
        )}
        {!found ? (
          preview.error ? (
            <Text size="sm" c="dimmed">
              {preview.error.message}
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

import { Button, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconFlask } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Graph, GraphProblem } from '../../../src/workflow/graph.ts'
import { leavesOf } from '../../../src/workflow/schema.ts'
import { ApiProblem, api, type Body } from '../api.ts'
import { count, plural } from '../format.ts'
import { withField } from './ai-part.ts'
import type { Placeholder, Proposal } from './ai-stream.ts'
import { useStore } from './store.ts'
import { type AudienceResult, blockedWord, endWord } from './test-marks.ts'

interface Looked {
  campaignId: string
  result: Graph
  placeholders: readonly Placeholder[]
}

/** What pre-flight would say of the proposal beside the problems of its steps, and its simulation. Stores nothing. */
export function Check(looked: Looked & { problems: Proposal['problems'] }) {
  return (
    <Stack gap={8}>
      <Outlook {...looked} />
      <Simulate {...looked} />
    </Stack>
  )
}

function Outlook({ campaignId, result, problems }: Looked & { problems: Proposal['problems'] }) {
  const [graph] = useDebouncedValue(result, 300)
  const preflight = useQuery({
    queryKey: ['POST /campaigns/:id/preflight', campaignId, graph],
    queryFn: ({ signal }) =>
      api('POST /campaigns/:id/preflight', {
        params: { id: campaignId },
        body: { graph } as Body<'POST /campaigns/:id/preflight'>,
        signal,
      }),
    staleTime: 30_000,
    placeholderData: (before) => before,
  })
  const found = preflight.data
  if (!found) {
    return preflight.error ? (
      <Text size="xs" c="var(--tl-bad)" role="alert">
        Pre-flight: {preflight.error.message}
      </Text>
    ) : null
  }
  const isShown = (finding: { code: string; nodeId?: string | undefined; field?: string | undefined }) =>
    problems.some(
      ({ code, nodeId, field }) => code === finding.code && nodeId === finding.nodeId && field === finding.field,
    )
  const blockers = found.blockers.filter(({ nodeId, edgeId }) => nodeId === undefined && edgeId === undefined)
  const warnings = found.warnings.filter((finding) => !isShown(finding))
  return (
    <section aria-label="Pre-flight of the proposal" data-testid="ai-preflight">
      <Text size="xs" fw={600} mb={4}>
        What pre-flight would say
      </Text>
      <Text size="sm">
        {plural(found.willEnroll, 'customer')} would enroll, {count(found.reachable)} of them can be reached
        {found.estimatedSends > 0 ? `; at most ${plural(found.estimatedSends, 'message')}` : ''}.
        {found.ok && ' Nothing would stand in the way of activating it.'}
      </Text>
      {blockers.length + warnings.length > 0 && (
        <ul className="tl-ai-list">
          {[...blockers, ...warnings].map((finding, index) => (
            <li key={`${finding.code} ${finding.field} ${finding.message}`}>
              <span style={{ color: index < blockers.length ? 'var(--tl-bad)' : 'var(--tl-warn)' }}>
                {index < blockers.length ? '✖' : '⚠'}
              </span>{' '}
              {finding.message} <span className="tl-muted">{finding.fix}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Stands for a text that nobody has written yet: which way customers take does not depend on its words. */
const standIn = 'To be written'

interface Simulated {
  of: Graph
  found: AudienceResult
  /** How many texts were taken as written. */
  stoodIn: number
}

function Simulate({ campaignId, result, placeholders }: Looked) {
  const store = useStore()
  const { catalogue } = store
  const stop = useRef<AbortController | null>(null)
  const [wanting, setWanting] = useState<readonly Placeholder[]>([])
  const [last, setLast] = useState<Simulated | null>(null)
  const name = (id: string) => {
    const node = result.nodes.find((each) => each.id === id)
    return node?.title || catalogue[node?.type ?? '']?.title || id
  }
  const open = placeholders.filter(({ nodeId, field }) => {
    const node = result.nodes.find(({ id }) => id === nodeId)
    const type = node && catalogue[node.type]
    const value = type && [...leavesOf(type.config, node.config)].find(({ path }) => path.join('.') === field)?.value
    return node && (value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length))
  })
  const simulate = useMutation<Simulated | null, Error, Graph>({
    mutationFn: async (of) => {
      const texts = open.filter(({ ref }) => ref === null)
      const nodes = of.nodes.map((node) => {
        const own = texts.filter(({ nodeId }) => nodeId === node.id)
        return { ...node, config: own.reduce((made, { field }) => withField(made, field, standIn), node.config) }
      })
      const own = new AbortController()
      stop.current = own
      const answer = await api('POST /campaigns/:id/simulate', {
        params: { id: campaignId },
        body: { graph: { nodes, edges: of.edges } } as Body<'POST /campaigns/:id/simulate'>,
        signal: own.signal,
      }).catch((cause: unknown) => {
        if (own.signal.aborted) return null
        throw cause
      })
      return answer?.kind === 'audience' ? { of, found: answer, stoodIn: texts.length } : null
    },
    onSuccess: (made) => {
      setLast(made)
      if (made)
        store.say(
          `${plural(made.found.customers, 'customer')} simulated, ${plural(made.found.messages.sent, 'message')}`,
        )
    },
  })
  useEffect(() => () => stop.current?.abort(), [])
  const press = () => {
    const choices = open.filter(({ ref }) => ref !== null)
    setWanting(choices)
    simulate.reset()
    setLast(null)
    if (choices.length === 0) simulate.mutate(result)
  }
  const stillWanting = wanting.filter((each) => open.includes(each))
  // What was wrong with a proposal that has changed since says nothing of this one.
  const error = simulate.variables === result ? simulate.error : null
  const problems = error instanceof ApiProblem ? ((error.extra.problems ?? []) as GraphProblem[]) : []
  return (
    <section aria-label="Simulation of the proposal">
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFlask size={14} />}
        onClick={() => (simulate.isPending ? stop.current?.abort() : press())}
      >
        {simulate.isPending ? 'Stop the simulation' : 'Simulate the proposal'}
      </Button>
      {stillWanting.length > 0 && (
        <div role="alert" data-testid="ai-simulate-wants">
          <Text size="sm" mt={6}>
            Choose these first, above:
          </Text>
          <ul className="tl-ai-list">
            {stillWanting.map(({ nodeId, field, label }) => (
              <li key={`${nodeId} ${field}`}>
                <b>{name(nodeId)}</b>: {label}
              </li>
            ))}
          </ul>
        </div>
      )}
      {error && (
        <div role="alert">
          <Text size="sm" c="var(--tl-bad)" mt={6}>
            {problems.length > 0 ? 'It cannot be simulated yet:' : error.message}
          </Text>
          <ul className="tl-ai-list">
            {problems.slice(0, 6).map(({ nodeId, edgeId, code, field, message }) => (
              <li key={`${nodeId ?? edgeId} ${code} ${field}`}>
                {nodeId && <b>{name(nodeId)}: </b>}
                {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {last?.of === result && <Outcome {...last} name={name} />}
    </section>
  )
}

/** How many reach each end, what is sent, and what would not be. */
function Outcome({ found, stoodIn, name }: Simulated & { name(id: string): string }) {
  const { customers, messages, ends, errors } = found
  return (
    <div data-testid="ai-simulated">
      <Text size="sm" mt={6}>
        <b>{plural(customers, 'customer')}</b>, <b>{plural(messages.sent, 'message')}</b> on{' '}
        {plural(found.sendsPerDay.length, 'day')}
        {stoodIn > 0 ? `; ${plural(stoodIn, 'empty text')} taken as written` : ''}.
      </Text>
      <ul className="tl-ai-list">
        {ends.map(({ nodeId, reason, count: reached }) => (
          <li key={`${nodeId} ${reason}`}>
            {count(reached)} end at <b>{name(nodeId)}</b> <span className="tl-muted">{endWord(reason)}</span>
          </li>
        ))}
        {Object.entries(messages.blocked).map(([reason, held]) => (
          <li key={reason} className="tl-warn">
            {plural(held ?? 0, 'message')} not sent: {blockedWord(reason)}
          </li>
        ))}
        {errors.map(({ nodeId, message, count: failed }) => (
          <li key={`${nodeId} ${message}`} style={{ color: 'var(--tl-bad)' }}>
            {name(nodeId)}: {message} ({plural(failed, 'customer')})
          </li>
        ))}
      </ul>
      <Text size="xs" c="dimmed" mt={4}>
        As if everybody in the audience entered now, with usual rates of opens, clicks and replies. Nothing was sent.
      </Text>
    </div>
  )
}

import { Alert, Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { readLocalStorageValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Catalogue, GraphProblem } from '../../../src/workflow/graph.ts'
import { ApiProblem, api } from '../api.ts'
import { type Assumed, assumedBody, assumedKey, heardEvents, usual, usualEvent } from '../builder/assumed.ts'
import { count, plural } from '../format.ts'
import { linkTo } from '../parts/link.ts'
import { Empty, Failure, Loading } from '../parts/page.tsx'
import { FunnelBars } from './funnel.tsx'
import { WithDefinitions } from './pieces.tsx'

/** So many of the audience are simulated at most: enough for a share to be right to some percent, and there within a second or two. */
const sample = 2_000

/** Before a campaign was ever activated: how far its customers would get, by the simulation of its draft, and what that assumes. */
export function SimulatedFunnel({
  campaign,
}: {
  campaign: { id: string; audience: unknown; workflowVersion: number | null }
}) {
  const assumed: Assumed = {
    ...usual,
    ...readLocalStorageValue<Assumed>({ key: assumedKey(campaign.id), defaultValue: usual }),
  }
  const simulated = useQuery({
    queryKey: ['simulated funnel', campaign.id, JSON.stringify([campaign.audience, assumed])],
    enabled: campaign.audience !== null,
    // The draft may have changed meanwhile: looked at anew whenever the page is opened.
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
    queryFn: async ({ signal }) => {
      const params = { id: campaign.id }
      const [draft, types] = await Promise.all([
        api('GET /campaigns/:id/workflow', { params }),
        api('GET /node-types', {}),
      ])
      const catalogue = Object.fromEntries(types.items.map((type) => [type.type, type])) as Catalogue
      const heard = heardEvents(draft.nodes, catalogue)
      const body = { sample, ...assumedBody(assumed, heard) }
      const result = await api('POST /campaigns/:id/simulate', { params, body, signal })
      if (result.kind !== 'audience') throw new Error('The simulation answered for one customer.')
      return { result, heard }
    },
  })
  if (campaign.audience === null) {
    return (
      <Empty
        title="Nothing sent yet"
        action={
          <Button component={Link} {...linkTo(`/campaigns/${campaign.id}/audience`)} variant="default">
            Choose an audience
          </Button>
        }
      >
        First numbers appear within a second of the first send. With an audience, a simulation shows here what to
        expect.
      </Empty>
    )
  }
  if (simulated.error)
    return <NotSimulated campaignId={campaign.id} error={simulated.error} retry={simulated.refetch} />
  if (!simulated.data) return <Loading rows={6} />
  const { result, heard } = simulated.data
  if (result.customers === 0) {
    return (
      <Empty
        title="Nobody is in the audience now"
        action={
          <Button component={Link} {...linkTo(`/campaigns/${campaign.id}/audience`)} variant="default">
            Change the audience
          </Button>
        }
      >
        Nothing has been sent yet, and there is nobody to simulate the draft with. As soon as somebody matches, a
        simulation shows here what to expect.
      </Empty>
    )
  }
  return (
    <WithDefinitions>
      <section className="tl-card" style={{ padding: 16 }} aria-label="Simulated funnel">
        <Group gap={10} mb={8}>
          <Title order={2} size="h4">
            Funnel
          </Title>
          <Badge variant="light" color="gray">
            simulated
          </Badge>
        </Group>
        <Text size="sm" mb={12}>
          Nothing has been sent yet. This is what the draft would do with{' '}
          {result.customers < sample ? 'the' : `${count(sample)} customers of the`} audience
          {result.customers < sample && ` (${plural(result.customers, 'customer')})`}, decided by the same rules as a
          real run.
        </Text>
        <FunnelBars found={{ funnel: result.funnel, machine: { opened: 0, clicked: 0 } }} />
        {result.messages.sent === 0 && (
          <Text size="sm" mt={8}>
            {blockedText(result.messages.blocked) ?? 'The workflow sends nothing yet.'}
          </Text>
        )}
        <Title order={3} size="h5" mt={18} mb={4}>
          What this assumes
        </Title>
        <ul className="tl-assumed">
          {assumptions(assumed, heard).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
        <Button
          size="xs"
          variant="default"
          mt={10}
          component={Link}
          {...linkTo(`/campaigns/${campaign.id}/builder?panel=test&mode=audience`)}
        >
          Change the assumptions in Test
        </Button>
      </section>
    </WithDefinitions>
  )
}

const blockedWords: Record<string, string> = {
  no_address: 'have no address on the channel',
  suppressed: 'are suppressed',
  capped: 'have had as many messages as the frequency cap allows',
}

/** Why nobody is sent anything, where messages were passed over. */
function blockedText(blocked: Record<string, number>): string | null {
  const parts = Object.entries(blocked).map(([reason, n]) => `${count(n)} ${blockedWords[reason] ?? reason}`)
  return parts.length === 0 ? null : `Nobody would be sent anything: ${parts.join(', ')}.`
}

/** What a simulation takes for granted, in sentences. */
function assumptions({ rates, events, seed }: Assumed, heard: readonly string[]): string[] {
  const { open, click, reply, bounce, unsubscribe } = rates
  return [
    'Everybody enters now.',
    `Of the messages that arrive ${open} % are opened, ${click} % clicked and ${reply} % replied to; ${bounce} % bounce, and after ${unsubscribe} % people leave the list. People open within hours, and whoever clicks or replies has read the message.`,
    ...heard.map(
      (name) => `${name} happens to ${events[name] ?? usualEvent} % of those who wait for it or are listened to.`,
    ),
    'Messages of other campaigns are not foreseen, nor are senders’ limits: they delay messages, but take none away.',
    'Machines open and click nothing.',
    `Seed ${seed.trim() || '1'}: the same draft and audience give the same numbers.`,
  ]
}

/** Why there is no simulation, and what to do about it. */
function NotSimulated({ campaignId, error, retry }: { campaignId: string; error: Error; retry(): unknown }) {
  const problems = error instanceof ApiProblem ? ((error.extra.problems ?? []) as GraphProblem[]) : []
  if (problems.length === 0) return <Failure error={error} retry={() => void retry()} />
  return (
    <Stack gap={12} align="flex-start">
      <Alert color="yellow" title="Nothing sent yet, and the draft cannot be simulated" w="100%">
        {problems.slice(0, 6).map((problem) => (
          <div key={`${problem.nodeId} ${problem.code} ${problem.field}`}>{problem.message}</div>
        ))}
      </Alert>
      <Button component={Link} {...linkTo(`/campaigns/${campaignId}/builder?panel=problems`)} variant="default">
        Open the problems in the builder
      </Button>
    </Stack>
  )
}

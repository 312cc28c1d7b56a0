import { Button, Collapse, Text } from '@mantine/core'
import { useState } from 'react'
import type { Item } from '../api.ts'
import type { Customer } from '../parts/customer-fields.ts'
import { RunLink } from '../parts/run-link.tsx'
import { useApi } from '../query.ts'
import { momentFor } from './their-time.ts'

type Campaign = Item<'GET /customers/:id/campaigns'>

/** Where a customer stands in the campaigns that they are in, until when, and by what they came there. Nothing where they are in none. */
export function NowCard({ customer }: { customer: Customer }) {
  const inside = useApi(
    'GET /customers/:id/campaigns',
    { params: { id: customer.id }, query: { inside: 'true', limit: 10 } },
    { refetchInterval: 15_000 },
  ).data?.items
  if (!inside || inside.length === 0) return null
  return (
    <section className="tl-now" aria-label="Now">
      {inside.map((one) => (
        <Now key={one.campaign.id} customer={customer} found={one} />
      ))}
    </section>
  )
}

function Now({ customer, found }: { customer: Customer; found: Campaign }) {
  const [why, setWhy] = useState(false)
  const [passage] = found.passages
  const { campaign, now } = found
  return (
    <div className="tl-now-one">
      <div className="tl-now-line">
        <Text size="sm">
          In{' '}
          <RunLink campaignId={campaign.id} runId={passage?.id}>
            {campaign.name}
          </RunLink>
          . {now?.text}
          {now?.until && <b> Next {momentFor(customer.timezone, now.until)}.</b>}
        </Text>
        <Button size="compact-xs" variant="subtle" aria-expanded={why} onClick={() => setWhy(!why)}>
          Why?
        </Button>
      </div>
      {passage && <MiniPath runId={passage.id} />}
      {passage && (
        <Collapse expanded={why}>
          {why && <Path runId={passage.id} broughtIn={passage.broughtIn} rules={passage.rules} />}
        </Collapse>
      )}
    </div>
  )
}

/** The last steps in one line, where they stand last. */
function MiniPath({ runId }: { runId: number }) {
  const run = useApi('GET /runs/:id', { params: { id: runId } }).data
  if (!run) return null
  const before = run.steps.filter(({ nodeId }) => nodeId !== run.nodeId).slice(-mostSteps)
  return (
    <p className="tl-mini-path">
      <span className="tl-quiet">So far: </span>
      {run.steps.length > mostSteps && <span className="tl-muted">… → </span>}
      {before.map((step) => (
        <span key={step.seq} className="tl-muted">
          {step.title || step.nodeId} →{' '}
        </span>
      ))}
      <b>{run.nodeTitle || run.nodeId}</b>
    </p>
  )
}

/** So many steps fit into a line. */
const mostSteps = 5

/** By what they came in, and the steps that they took since, each with its reason. */
function Path({ runId, broughtIn, rules }: { runId: number; broughtIn: string | null; rules: string[] }) {
  const run = useApi('GET /runs/:id', { params: { id: runId } })
  return (
    <ol className="tl-path">
      {broughtIn && (
        <li>
          {broughtIn} {rules.length > 0 && <span className="tl-muted">{rules.join(' · ')}</span>}
        </li>
      )}
      {run.data?.steps.map((step) => (
        <li key={step.seq}>
          <b>{step.title || step.nodeId}</b> {step.why && <span className="tl-muted">{step.why.text}</span>}
        </li>
      ))}
      {run.data && <li aria-current="step">{run.data.now?.text ?? 'They have left it.'}</li>}
    </ol>
  )
}

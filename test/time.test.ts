import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../src/catalogue/catalogue.ts'
import { decide, type RunState } from '../src/engine/decide.ts'
import { nodes } from '../src/nodes/index.ts'
import { compile } from '../src/workflow/compile.ts'

/** Lets a customer arrive at a wait and looks again every ten minutes for three days, as a worker would. Answers when they left, each time. */
function leaves(config: Record<string, unknown>, timezone: string | null, arrival: string): string[] {
  const { workflow, problems } = compile(
    {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'wait', type: 'wait', title: 'Wait', config },
        { id: 'exit', type: 'exit', title: 'Exit', config: {} },
      ],
      edges: [
        { id: 'a', source: 'start', target: 'wait', when: null },
        { id: 'b', source: 'wait', target: 'exit', when: null },
      ],
    },
    catalogue,
    parseConfig,
  )
  if (!workflow) throw new Error(JSON.stringify(problems))
  const campaign = {
    id: 'campaign',
    workspaceId: 1,
    name: 'Time',
    orgName: 'Acme',
    timezone: 'Europe/Berlin',
    ownerId: null,
    activeMembers: new Set<string>(),
    primaryProduct: null,
    products: new Map(),
    defaultCriterionId: null,
    criteria: new Map(),
  }
  const startedAt = new Date(arrival)
  let run: RunState = {
    id: 1,
    customerId: 'customer',
    nodeId: 'start',
    awaiting: null,
    enteredAt: startedAt,
    startedAt,
    wakeAt: startedAt,
    wakeOn: null,
    outputs: {},
    attempt: 0,
    steps: 0,
    trigger: { type: 'manual', payload: null },
  }
  const left: string[] = []
  for (let tick = 0; tick <= 3 * 144; tick += 1) {
    const now = new Date(startedAt.getTime() + tick * 600_000)
    const due = (run.wakeAt && run.wakeAt <= now) || (run.wakeOn && run.wakeOn <= now)
    if (!due) continue
    const { standing, steps, outputs } = decide(run, {
      workflow,
      nodes,
      campaign,
      state: { customer: { id: 'customer', timezone }, scores: new Map() },
      messages: new Map(),
      events: [],
      heardUntil: now,
      now,
      clock: now,
      position: 0,
    })
    // The deadline itself, not the tick that noticed it.
    for (const step of steps) if (step.nodeId === 'wait') left.push((run.wakeOn ?? run.wakeAt ?? now).toISOString())
    if (standing.is === 'ended') run = { ...run, wakeAt: null, wakeOn: null, awaiting: null }
    else run = { ...run, ...standing, outputs, steps: run.steps + steps.length }
  }
  return left
}

const at = (time: string) => ({ waitType: 'until-time', time })

describe('a wait for a time of day ends exactly once, at the right local time', () => {
  it.each([
    [
      'New York, the night that has no 02:30',
      'America/New_York',
      '02:30',
      '2027-03-14T05:00:00Z',
      '2027-03-14T07:30:00.000Z',
    ],
    [
      'New York, the night that has 01:30 twice',
      'America/New_York',
      '01:30',
      '2027-11-07T04:00:00Z',
      '2027-11-07T05:30:00.000Z',
    ],
    [
      'London, the night that has no 01:30',
      'Europe/London',
      '01:30',
      '2027-03-28T00:10:00Z',
      '2027-03-28T01:30:00.000Z',
    ],
    [
      'London, the night that has 01:30 twice',
      'Europe/London',
      '01:30',
      '2027-10-30T23:00:00Z',
      '2027-10-31T00:30:00.000Z',
    ],
    [
      'Lord Howe, whose clock jumps by half an hour',
      'Australia/Lord_Howe',
      '02:15',
      '2027-10-02T14:00:00Z',
      '2027-10-02T15:45:00.000Z',
    ],
    [
      'Lord Howe, whose clock goes back by half an hour',
      'Australia/Lord_Howe',
      '01:45',
      '2027-04-03T13:30:00Z',
      '2027-04-03T14:45:00.000Z',
    ],
    ['Casablanca, as Ramadan begins', 'Africa/Casablanca', '02:30', '2025-02-23T00:00:00Z', '2025-02-23T01:30:00.000Z'],
    ['Casablanca, as Ramadan ends', 'Africa/Casablanca', '02:30', '2025-04-06T00:00:00Z', '2025-04-06T02:30:00.000Z'],
    ['the morning of 29 February', 'Asia/Kathmandu', '09:00', '2028-02-28T12:00:00Z', '2028-02-29T03:15:00.000Z'],
    [
      'a customer without a zone, in the workspace’s',
      null,
      '09:00',
      '2027-06-01T12:00:00Z',
      '2027-06-02T07:00:00.000Z',
    ],
    [
      'a customer with a zone that does not exist',
      'Mars/Base',
      '09:00',
      '2027-06-01T12:00:00Z',
      '2027-06-02T07:00:00.000Z',
    ],
  ])('%s', (_night, timezone, time, arrival, expected) => {
    expect(leaves(at(time), timezone, arrival)).toEqual([expected])
  })
})

describe('a wait for a date ends exactly once', () => {
  it.each([
    [
      '29 February where the customer is',
      'America/New_York',
      '2028-02-29',
      '2028-02-28T00:00:00Z',
      '2028-02-29T05:00:00.000Z',
    ],
    [
      'midnight of a day whose midnight does not exist',
      'Africa/Cairo',
      '2027-04-30',
      '2027-04-28T12:00:00Z',
      '2027-04-29T22:00:00.000Z',
    ],
    [
      'a time that exists twice: the first',
      'Europe/London',
      '2027-10-31T01:30',
      '2027-10-30T12:00:00Z',
      '2027-10-31T00:30:00.000Z',
    ],
    [
      'a time in the workspace’s zone without a zone of one’s own',
      null,
      '2027-06-02T09:00',
      '2027-06-01T12:00:00Z',
      '2027-06-02T07:00:00.000Z',
    ],
  ])('%s', (_what, timezone, untilDate, arrival, expected) => {
    expect(leaves({ waitType: 'until-date', untilDate }, timezone, arrival)).toEqual([expected])
  })
})

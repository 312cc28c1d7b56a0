import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile } from '../workflow/compile.ts'
import { journeyOf } from '../workflow/journey.ts'
import { type Followed, lastThrough, type Standing, sendingOf } from './outlook.ts'

const hour = 3_600_000
const day = 24 * hour
const sender = '00000000-0000-4000-8000-000000000000'

const node = (id: string, type: string, config: Record<string, unknown> = {}) => ({ id, type, title: id, config })
const mail = (id: string) => node(id, 'email-send', { credentialId: sender, subject: 'Hi', body: 'Hi' })
const wait = (id: string, durationMs: number) => node(id, 'wait', { waitType: 'duration', durationMs })
const edge = (source: string, target: string, when: string | null = null) => ({
  id: `${source}-${target}`,
  source,
  target,
  when,
})
function follow(nodes: ReturnType<typeof node>[], edges: ReturnType<typeof edge>[]): Followed {
  const { workflow, problems } = compile({ nodes: [node('start', 'trigger'), ...nodes], edges }, catalogue, parseConfig)
  if (!workflow) throw new Error(JSON.stringify(problems))
  return { workflow, journey: journeyOf(catalogue, workflow) }
}
/** Start, a wait of a day, a mail, a wait of two days, the end. */
const plain = follow(
  [wait('one', day), mail('mail'), wait('two', 2 * day)],
  [edge('start', 'one'), edge('one', 'mail'), edge('mail', 'two')],
)
const standing = (nodeId: string, given: Partial<Standing> = {}): Standing => ({
  nodeId,
  versionId: 1,
  customers: 3,
  arrived: true,
  failing: 0,
  endless: 0,
  leftMs: { keep: 5 * hour, continue: hour },
  ...given,
})
const isMessage = (type: string) => Boolean(catalogue[type]?.sends)
const last = (standings: Standing[], followed = plain) => lastThrough(standings, new Map([[1, followed]]), isMessage)

describe('when the last of those inside are through', () => {
  it('adds what is left of their wait to the longest way after it', () => {
    expect(last([standing('one'), standing('two', { leftMs: { keep: day, continue: day } })])).toEqual({
      ms: { keep: 5 * hour + 2 * day, continue: hour + 2 * day },
      untold: [],
    })
  })

  it('counts the whole wait of a step that was not looked at yet, and no time that is over', () => {
    const late = { keep: -hour, continue: -day }
    expect(last([standing('one', { arrived: false, leftMs: late })]).ms.keep).toBe(3 * day)
    expect(last([standing('two', { leftMs: late })]).ms).toEqual({ keep: 0, continue: 0 })
  })

  it('waits no longer for a message than the way after it', () => {
    expect(last([standing('mail', { endless: 3, leftMs: { keep: null, continue: null } })])).toEqual({
      ms: { keep: 2 * day, continue: 2 * day },
      untold: [],
    })
  })

  it('says of whom it cannot be told, and why', () => {
    const open = follow(
      [
        wait('one', day),
        node('date', 'wait', { waitType: 'until-time', time: '09:00' }),
        mail('mail'),
        node('event', 'wait-for-event', { event: 'deal.won', timeoutMs: day }),
      ],
      [edge('start', 'one'), edge('one', 'date'), edge('date', 'mail'), edge('mail', 'event')],
    )
    const none = { keep: null, continue: null }
    const found = last(
      [
        standing('one', { customers: 4, failing: 1 }),
        standing('event', { customers: 2, endless: 2, leftMs: none }),
        standing('gone', { customers: 5 }),
      ],
      open,
    )
    expect(found.untold).toEqual([
      { nodeId: 'one', customers: 1, because: 'error' },
      { nodeId: 'one', customers: 3, because: 'ahead' },
      { nodeId: 'event', customers: 2, because: 'endless' },
      { nodeId: 'gone', customers: 5, because: 'ahead' },
    ])
    expect(last([standing('event', { customers: 2, endless: 2, leftMs: none })], open).ms).toEqual(none)
  })

  it('has nothing to tell where nobody is inside', () => {
    expect(last([])).toEqual({ ms: { keep: null, continue: null }, untold: [] })
  })
})

describe('what is sent at once', () => {
  const senders = [{ id: sender, limits: { perSecond: 0.5 }, queued: 20 }]
  it('is what is queued and the next message of those who go on, at the pace of the slowest sender', () => {
    const goingOn = [
      { nodeId: 'one', customers: 580 },
      { nodeId: 'two', customers: 7 },
    ]
    expect(sendingOf(senders, goingOn, plain, () => sender)).toEqual({
      messages: 600,
      pace: { seconds: 1_200, limit: { count: 0.5, per: 'second' } },
    })
  })

  it('is nothing where the next message comes after another wait', () => {
    expect(sendingOf([], [{ nodeId: 'start', customers: 9 }], plain, () => sender).messages).toBe(0)
  })
})

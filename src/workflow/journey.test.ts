import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile } from './compile.ts'
import { journeyOf } from './journey.ts'

const day = 86_400_000
const mail = (id: string, replyTimeoutMs?: number) => ({
  id,
  type: 'email-send',
  title: id,
  config: { credentialId: '00000000-0000-4000-8000-000000000000', subject: 'Hi', body: 'Hi', replyTimeoutMs },
})
const wait = (id: string, config: Record<string, unknown>) => ({ id, type: 'wait', title: id, config })
const exit = { id: 'end', type: 'exit', title: 'End', config: {} }
const edge = (source: string, target: string, when: string | null = null) => ({
  id: `${source} ${when} ${target}`,
  source,
  target,
  when,
})
const journey = (nodes: Parameters<typeof compile>[0]['nodes'], edges: ReturnType<typeof edge>[]) => {
  const start = { id: 'start', type: 'trigger', title: 'Start', config: {} }
  const { workflow, problems } = compile({ nodes: [start, ...nodes], edges }, catalogue, parseConfig)
  if (!workflow) throw new Error(JSON.stringify(problems))
  return journeyOf(catalogue, workflow)
}

describe('how long the ways of a workflow take', () => {
  it('adds waits up to the first message, and waits and reply windows up to the last step', () => {
    const found = journey(
      [wait('w', { waitType: 'duration', durationMs: 2 * day }), mail('a', 3 * day), mail('b'), exit],
      [edge('start', 'w'), edge('w', 'a'), edge('a', 'end', 'replied'), edge('a', 'b'), edge('b', 'end')],
    )
    expect(found.firstSend).toEqual({ nodeId: 'a', afterMs: 2 * day })
    expect(found.longestMs).toMatchObject({ start: 5 * day, w: 5 * day, a: 3 * day, b: 0, end: 0 })
    expect(found.open).toBe(false)
  })

  it('takes the quickest way to a message and the slowest to the end', () => {
    const split = {
      id: 'split',
      type: 'random-split',
      title: 'Split',
      config: {
        branches: [
          { id: 'x', label: 'X', weight: 1 },
          { id: 'y', label: 'Y', weight: 1 },
        ],
      },
    }
    const found = journey(
      [split, wait('long', { waitType: 'duration', durationMs: 9 * day }), mail('a'), mail('b')],
      [edge('start', 'split'), edge('split', 'long', 'x'), edge('split', 'a', 'y'), edge('long', 'b')],
    )
    expect(found.firstSend).toEqual({ nodeId: 'a', afterMs: 0 })
    expect(found.longestMs.start).toBe(9 * day)
  })

  it('says that it does not know where a wait ends at a date or a time of day', () => {
    const found = journey(
      [wait('w', { waitType: 'until-time', time: '09:00' }), mail('a')],
      [edge('start', 'w'), edge('w', 'a')],
    )
    expect(found).toMatchObject({ firstSend: { nodeId: 'a', afterMs: null }, open: true })
    expect(found.longestMs.start).toBe(0)
  })

  it('has no first message where there is none', () => {
    expect(journey([exit], [edge('start', 'end')]).firstSend).toBeNull()
  })
})

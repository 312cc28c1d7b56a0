import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { schemaParser } from './config-schema.ts'

const parse = schemaParser(catalogue)
const id = '019f0000-0000-7000-8000-000000000001'

/** Configs without a rule between fields: there both parsers must see the same. */
const cases: [type: string, config: unknown][] = [
  ['wait', {}],
  ['wait', { waitType: 'sometimes' }],
  ['wait', { waitType: 'duration' }],
  ['wait', { waitType: 'duration', durationMs: -1 }],
  ['wait', { waitType: 'duration', durationMs: 1.5 }],
  ['wait', { waitType: 'duration', durationMs: '5' }],
  ['wait', { waitType: 'until-time', time: '9:00' }],
  ['wait', { waitType: 'until-time', time: '09:00', weekdays: [] }],
  ['wait', { waitType: 'until-time', time: '09:00', weekdays: [8, 1] }],
  ['add-tag', {}],
  ['add-tag', { name: '' }],
  ['add-tag', { name: 'vip', color: '' }],
  ['add-tag', { name: 'x'.repeat(101) }],
  ['add-tag', { name: 5, extra: true }],
  ['add-to-segment', { segmentId: '' }],
  ['add-to-segment', { segmentId: 'not-an-id' }],
  ['adjust-score', { delta: 3 }],
  ['adjust-score', { delta: 0.1, criterionId: null }],
  ['exit-handoff', {}],
  ['exit-handoff', { assignTo: 'me' }],
  ['exit-handoff', { assignTo: { type: 'nobody' } }],
  ['exit-handoff', { assignTo: { type: 'member' } }],
  ['exit-handoff', { assignTo: { type: 'member', memberIds: [id, id] } }],
  ['exit-handoff', { assignTo: { type: 'roundRobin', memberIds: ['x', id, ''] } }],
  ['exit-suppress', { reason: 'boredom' }],
  ['exit-suppress', { reason: 'manual' }],
  ['conditional-split', { branches: [] }],
  ['conditional-split', { branches: [{ id: 'a' }, { id: '', label: 'B' }] }],
  ['path', { rules: [{ input: '', condition: 'like', value: {} }] }],
  ['path', {}],
  ['create-task', { title: 'Call', dueInMs: 1 }],
]

describe('parsing by the catalogue alone', () => {
  it.each(cases)('finds at %s %j what the definition finds', (type, config) => {
    const local = parse(type, config)
    const full = parseConfig(type, config)
    expect(local.issues.map(({ field, code }) => `${field} ${code}`)).toEqual(
      full.issues.map(({ field, code }) => `${field} ${code}`),
    )
    expect(local.config).toEqual(full.config)
  })

  it.each(Object.values(catalogue))('reads the examples of $type as its definition does', ({ type, examples }) => {
    for (const example of examples) expect(parse(type, example)).toEqual(parseConfig(type, example))
  })

  it('knows no other types', () => {
    expect(parse('constructor', {}).issues).toMatchObject([{ code: 'unknown_type' }])
    expect(parseConfig('constructor', {}).issues).toMatchObject([{ code: 'unknown_type' }])
  })
})

import { describe, expect, it } from 'vitest'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import { blockersOf, errorsOf, fieldsNamed, isPublicHttps, mostMessages, sendingPace } from './readiness.ts'
import { referenceProblems } from './references.ts'

describe('readiness', () => {
  it.each([
    ['https://mail.acme.com', true],
    ['https://93.184.215.14', true],
    ['http://mail.acme.com', false],
    ['https://localhost:3000', false],
    ['https://127.0.0.1', false],
    ['https://10.0.0.5', false],
    ['https://[::1]', false],
    ['https://[fd00::1]', false],
    ['https://intranet', false],
    ['https://crm.internal', false],
    ['not a url', false],
    [undefined, false],
  ])('knows whether the world can open links below %s', (url, expected) => {
    expect(isPublicHttps(url)).toBe(expected)
  })

  it('asks nothing of the sandbox that real mail needs', () => {
    const credential = { id: 'c', name: 'C', health: 'ok', limits: {} }
    const around = { hasAudience: true, postalAddress: null, publicUrl: undefined }
    expect(blockersOf({ ...around, credentials: [{ ...credential, type: 'sandbox', isPrivate: true }] })).toEqual([])
    const codes = blockersOf({ ...around, credentials: [{ ...credential, type: 'smtp', isPrivate: false }] }).map(
      ({ code }) => code,
    )
    expect(codes).toEqual(['no_postal_address', 'no_public_url'])
  })

  it('says which sender is dead, and that an audience is missing', () => {
    const dead = { id: 'c', name: 'Sales', type: 'sandbox', health: 'dead', limits: {}, isPrivate: true }
    const findings = blockersOf({ hasAudience: false, credentials: [dead], postalAddress: null, publicUrl: undefined })
    expect(findings.map(({ code }) => code)).toEqual(['no_audience', 'credential_dead'])
    expect(findings[1]?.message).toContain('“Sales”')
  })

  it('points each error at the node and its field, the edge, or the setting', () => {
    const at = (place: object) => errorsOf([{ code: 'c', message: 'M.', ...place }])[0]?.path
    expect(at({ nodeId: 'mail-1', field: 'subject' })).toBe('nodes.mail-1.config.subject')
    expect(at({ nodeId: 'mail-1' })).toBe('nodes.mail-1')
    expect(at({ edgeId: 'e1' })).toBe('edges.e1')
    expect(at({ field: 'audience' })).toBe('audience')
    expect(at({})).toBe('workflow')
  })

  it('counts the messages on the way that has most of them', () => {
    const node = (id: string, out: Record<string, string>) => ({ id, out }) as CompiledWorkflow['nodes'][string]
    const workflow = {
      start: 'start',
      nodes: {
        start: node('start', { '': 'mail-1' }),
        'mail-1': node('mail-1', { '': 'split' }),
        split: node('split', { a: 'mail-2', b: 'exit' }),
        'mail-2': node('mail-2', { '': 'mail-3' }),
        'mail-3': node('mail-3', { '': 'exit' }),
        exit: node('exit', {}),
      },
      listeners: [],
      listens: [],
    }
    expect(mostMessages(workflow, (id) => id.startsWith('mail'))).toBe(3)
    expect(mostMessages(workflow, () => false)).toBe(0)
  })

  it('estimates sending by the tightest limit, which begins full', () => {
    expect(sendingPace(0, {})).toEqual({ seconds: 0, limit: null })
    expect(sendingPace(1_000, {})).toEqual({ seconds: 10, limit: null })
    expect(sendingPace(1_000, { perSecond: 2 })).toEqual({ seconds: 500, limit: { count: 2, per: 'second' } })
    expect(sendingPace(1_000, { perHour: 500 })).toEqual({ seconds: 3_600, limit: { count: 500, per: 'hour' } })
    expect(sendingPace(500, { perHour: 500, perSecond: 50 })).toMatchObject({ seconds: 10 })
    expect(sendingPace(3_000, { perDay: 1_000 })).toMatchObject({ seconds: 2 * 86_400, limit: { per: 'day' } })
  })

  it('finds the customer fields that a text uses without a default', () => {
    const text =
      'Hi {{customer.firstName}} {{ customer.lastName | default: "x" }} {{- customer.attributes.plan | upcase -}} {{product.name}}'
    expect(fieldsNamed(text, { bare: true })).toEqual(['firstName', 'attributes.plan'])
    expect(fieldsNamed(text, { bare: false })).toEqual(['firstName', 'lastName', 'attributes.plan'])
  })
})

describe('references', () => {
  const segment = { nodeId: 'n', field: 'segmentId', ref: 'segment', value: 'S', filter: { kind: 'static' } }
  const referent = { ref: 'segment', value: 's', name: 'Mine', gone: false, has: { kind: ['static'] } }

  it('hold for a thing that exists, is in use and fits', () => {
    expect(referenceProblems([segment], [referent])).toEqual([])
  })

  it.each([
    ['unknown_segment', []],
    ['unusable_segment', [{ ...referent, gone: true }]],
    ['unfit_segment', [{ ...referent, has: { kind: ['dynamic'] } }]],
  ])('are the problem %s otherwise, at the node and its field', (code, referents) => {
    expect(referenceProblems([segment], referents)).toMatchObject([
      { severity: 'error', code, nodeId: 'n', field: 'segmentId' },
    ])
  })
})

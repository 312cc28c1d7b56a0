import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft } from '../../test/campaign.ts'

// What campaigns do to scores, through the API and with runs that move: each step's "why" says on which criterion, and from what to what.

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

const must = async (method: string, path: string, body?: unknown) => {
  const answer = await test.request(method, path, { body })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

type Step = { id: string; type: string; config: Record<string, unknown> }
/** trigger → these steps, one after the other. */
const flowOf = (...steps: Step[]) => {
  const all = [{ id: 'start', type: 'trigger', config: {} }, ...steps]
  return {
    nodes: all.map((step) => ({ title: step.id, ...step })),
    edges: all.slice(1).map(({ id }, index) => {
      const source = all[index]
      return { id: `to-${id}`, source: source?.id, target: id, when: source?.id === 'wait' ? 'event' : null }
    }),
  }
}
const scoreStep = (config: Record<string, unknown>): Step => ({ id: 'score', type: 'adjust-score', config })
/** Waits until the test lets the customer go on. */
const waitStep: Step = { id: 'wait', type: 'wait-for-event', config: { event: 'go.on', timeoutMs: 864_000_000 } }
const coolStep = (config: Record<string, unknown>): Step => ({ id: 'cool', type: 'exit-cooldown', config })
const exitStep: Step = { id: 'exit', type: 'exit', config: {} }

interface Wanted {
  name?: string
  type?: string
  weight?: number
}
async function makeProduct(name: string, ...criteria: Wanted[]): Promise<{ id: string; criteria: string[] }> {
  const { id } = await must('POST', '/products', { name })
  const made: string[] = []
  for (const { name: title = 'Fit', type = 'engagement', weight = 1 } of criteria)
    made.push((await must('POST', `/products/${id}/criteria`, { name: title, type, weight, params: {} })).id)
  return { id, criteria: made }
}

/** An active campaign for one new customer, linked to a product, whose run has gone as far as it goes. */
async function move(options: {
  product?: string
  steps: Step[]
  before?(draftId: string, customerId: string): Promise<unknown>
}) {
  const [customerId = ''] = await addCustomers(test, 1)
  const campaignId = await makeDraft(test, {
    audience: { type: 'list', customerIds: [customerId] },
    flow: flowOf(...options.steps),
  })
  const products = options.product === undefined ? [] : [{ productId: options.product, primary: true }]
  await must('PUT', `/campaigns/${campaignId}/products`, { products })
  await options.before?.(campaignId, customerId)
  await must('POST', `/campaigns/${campaignId}/activate`, { enroll: 'now', holdoutPercent: 0 })
  await test.drain()
  return { customerId, campaignId }
}

const goOn = async (id: string) => {
  await must('POST', '/events', { name: 'go.on', customer: { id } })
  await test.drain()
}

/** A customer's run in a campaign, as the API tells it. */
async function runOf(campaignId: string) {
  const { items } = await must('GET', `/campaigns/${campaignId}/runs`)
  return await must('GET', `/runs/${items[0].id}`)
}
const stepOf = (run: { steps: { nodeId: string }[] }, nodeId: string) =>
  run.steps.find((step) => step.nodeId === nodeId)
const historyOf = async (customerId: string): Promise<{ criterionId: string; score: number }[]> =>
  (await must('GET', `/customers/${customerId}/scores/history`)).items

describe('a step that changes a score', () => {
  it('begins at 0 for who has no score, and is kept at 1, with each change in the history', async () => {
    const { criteria } = await makeProduct('Ketch', {})
    const [customerId] = await addCustomers(test, 1)
    for (const delta of [0.7, 0.7]) {
      await makeActive(test, {
        audience: { type: 'list', customerIds: [customerId] },
        flow: flowOf(scoreStep({ criterionId: criteria[0], delta }), exitStep),
        enroll: 'now',
      })
      await test.drain()
    }
    expect((await historyOf(customerId ?? '')).map(({ score }) => score)).toEqual([1, 0.7])
  })

  it.each([
    [
      'the engagement criterion, however light',
      [
        { name: 'Who', type: 'profile', weight: 0.9 },
        { name: 'What', weight: 0.1 },
      ],
      1,
    ],
    ['the only one', [{ name: 'Talk', type: 'conversation', weight: 0 }], 0],
    [
      'the heaviest',
      [
        { name: 'Who', type: 'profile', weight: 0.3 },
        { name: 'Talk', type: 'conversation', weight: 0.7 },
      ],
      1,
    ],
  ] as const)('without a criterion takes the primary product’s: %s, and says which', async (_, criteria, index) => {
    const product = await makeProduct(`Yawl ${index}${criteria.length}`, ...criteria)
    const { campaignId, customerId } = await move({ product: product.id, steps: [scoreStep({ delta: 0.4 }), exitStep] })
    const run = await runOf(campaignId)
    expect(stepOf(run, 'score')).toMatchObject({
      output: { score: 0.4 },
      why: {
        code: 'score_changed',
        text: `The score on “${criteria[index]?.name}” (Yawl ${index}${criteria.length}) went from 0 to 0.4.`,
        values: { criterionId: product.criteria[index], before: 0, after: 0.4 },
      },
    })
    expect(run).toMatchObject({ status: 'succeeded', reason: 'exit' })
    expect(await historyOf(customerId)).toMatchObject([{ criterionId: product.criteria[index], score: 0.4 }])
  })

  it('is refused before activation where no criterion stands for the campaign, and says what to do', async () => {
    const moving = move({ steps: [scoreStep({ delta: 0.4 }), exitStep] })
    await expect(moving).rejects.toThrow(/no_criterion.*Choose a criterion, or link a product that has one/s)
    const product = await makeProduct('Bare')
    await expect(move({ product: product.id, steps: [scoreStep({ delta: 0.4 }), exitStep] })).rejects.toThrow(
      /no_criterion/,
    )
  })

  it('changes nothing when its criterion is deleted while customers wait above it, and says so', async () => {
    const product = await makeProduct('Sloop', {})
    const { campaignId, customerId } = await move({
      steps: [waitStep, scoreStep({ criterionId: product.criteria[0], delta: 0.4 }), exitStep],
    })
    await must('POST', `/customers/${customerId}/scores`, {
      criterionId: product.criteria[0],
      score: 0.5,
      reason: 'Called',
    })
    await must('DELETE', `/products/${product.id}/criteria/${product.criteria[0]}`)
    await goOn(customerId)
    const run = await runOf(campaignId)
    expect(run).toMatchObject({ status: 'succeeded', reason: 'exit' })
    expect(stepOf(run, 'score')).toMatchObject({
      why: { code: 'criterion_gone', text: 'The criterion was deleted, so no score changed.' },
    })
    expect((await historyOf(customerId)).map(({ score }) => score)).toEqual([0.5])
  })

  it('goes on with the next one that stands for the product when that one is deleted', async () => {
    const product = await makeProduct('Cutter', {}, { name: 'Talk', type: 'conversation', weight: 0.2 })
    const { campaignId, customerId } = await move({
      product: product.id,
      steps: [waitStep, scoreStep({ delta: -0.4 }), exitStep],
    })
    await must('DELETE', `/products/${product.id}/criteria/${product.criteria[0]}`)
    await goOn(customerId)
    expect(stepOf(await runOf(campaignId), 'score')).toMatchObject({
      why: { text: 'The score on “Talk” (Cutter) went from 0 to -0.4.', values: { criterionId: product.criteria[1] } },
    })
  })

  it('still works on an archived product that a duplicate is linked to, by the name of its criterion', async () => {
    const product = await makeProduct('Dinghy', {})
    const source = await makeDraft(test, { flow: flowOf(scoreStep({ delta: 0.3 }), exitStep) })
    await must('PUT', `/campaigns/${source}/products`, { products: [{ productId: product.id, primary: true }] })
    await must('POST', `/campaigns/${source}/archive`)
    await must('DELETE', `/products/${product.id}`)
    const copy = await must('POST', `/campaigns/${source}/duplicate`)
    const [customerId = ''] = await addCustomers(test, 1)
    await must('PATCH', `/campaigns/${copy.id}`, { audience: { type: 'list', customerIds: [customerId] } })
    const { warnings } = await must('GET', `/campaigns/${copy.id}/preflight`)
    expect(warnings).toContainEqual(
      expect.objectContaining({ code: 'product_archived', message: expect.stringContaining('“Dinghy” is archived') }),
    )
    await must('POST', `/campaigns/${copy.id}/activate`, { enroll: 'now', holdoutPercent: 0 })
    await test.drain()
    const run = await runOf(copy.id)
    expect(run).toMatchObject({ status: 'succeeded', productId: product.id })
    expect(stepOf(run, 'score')).toMatchObject({ why: { text: 'The score on “Fit” (Dinghy) went from 0 to 0.3.' } })
    expect(await historyOf(customerId)).toMatchObject([{ score: 0.3 }])
  })
})

describe('cooldown', () => {
  const segment = async () =>
    (await must('POST', '/segments', { name: `Cooling ${crypto.randomUUID()}`, kind: 'static' })).id
  const inside = async (segmentId: string): Promise<string[]> =>
    (await must('GET', `/segments/${segmentId}/customers`)).items.map(({ id }: { id: string }) => id)

  it('lowers the score by 0.1 unless told, from 0 for who has none, never below -1, and says on which criterion', async () => {
    const product = await makeProduct('Barge', {})
    const segmentId = await segment()
    const usual = await move({ product: product.id, steps: [coolStep({ segmentId })] })
    expect(await runOf(usual.campaignId)).toMatchObject({ status: 'canceled', reason: 'cooldown' })
    expect(stepOf(await runOf(usual.campaignId), 'cool')).toMatchObject({
      output: { score: -0.1 },
      why: { text: 'Into the cooldown segment; the score on “Fit” (Barge) went from 0 to -0.1.' },
    })
    const low = await move({
      product: product.id,
      steps: [coolStep({ segmentId, decayDelta: -0.5 })],
      before: (_, customerId) =>
        must('POST', `/customers/${customerId}/scores`, {
          criterionId: product.criteria[0],
          score: -0.8,
          reason: 'Cold',
        }),
    })
    expect(stepOf(await runOf(low.campaignId), 'cool')).toMatchObject({
      why: { text: 'Into the cooldown segment; the score on “Fit” (Barge) went from -0.8 to -1.' },
    })
    expect((await historyOf(low.customerId)).map(({ score }) => score)).toEqual([-1, -0.8])
    expect((await inside(segmentId)).sort()).toEqual([usual.customerId, low.customerId].sort())
  })

  it('only fills the segment where no criterion stands for the campaign, and says so', async () => {
    const segmentId = await segment()
    const { campaignId, customerId } = await move({ steps: [coolStep({ segmentId })] })
    expect(stepOf(await runOf(campaignId), 'cool')).toMatchObject({
      output: { score: null },
      why: { code: 'cooldown', text: 'Into the cooldown segment.' },
    })
    expect(await historyOf(customerId)).toEqual([])
    expect(await inside(segmentId)).toEqual([customerId])
    await expect(move({ steps: [coolStep({ segmentId, decayDelta: -0.2 })] })).rejects.toThrow(/no_criterion/)
  })

  it('says that no score changed when its criterion was deleted meanwhile', async () => {
    const product = await makeProduct('Punt', {})
    const segmentId = await segment()
    const { campaignId, customerId } = await move({
      steps: [waitStep, coolStep({ segmentId, criterionId: product.criteria[0], decayDelta: -0.3 })],
    })
    await must('DELETE', `/products/${product.id}/criteria/${product.criteria[0]}`)
    await goOn(customerId)
    const run = await runOf(campaignId)
    expect(run).toMatchObject({ status: 'canceled', reason: 'cooldown' })
    expect(stepOf(run, 'cool')).toMatchObject({
      why: { code: 'cooldown', text: 'Into the cooldown segment. The criterion was deleted, so no score changed.' },
    })
    expect(await historyOf(customerId)).toEqual([])
    expect(await inside(segmentId)).toEqual([customerId])
  })
})

describe('a change that is no number', () => {
  const numbers = ['1e309', '-1e309', 'NaN', 'Infinity', '"0.5"', '[]', '2.5']
  const asRaw = (value: unknown, number: string) => ({
    body: JSON.stringify(value).replace(/"(delta|decayDelta)":0\b/, `"$1":${number}`),
    headers: { 'content-type': 'application/json' },
  })

  it.each(numbers)('is never activated: %s in a workflow', async (number) => {
    const segmentId = (await must('POST', '/segments', { name: crypto.randomUUID(), kind: 'static' })).id
    const product = await makeProduct(crypto.randomUUID(), {})
    for (const [nodeId, flow] of [
      ['score', flowOf(scoreStep({ delta: 0 }), exitStep)],
      ['cool', flowOf(coolStep({ segmentId, decayDelta: 0 }))],
    ] as const) {
      const id = await makeDraft(test)
      await must('PUT', `/campaigns/${id}/products`, { products: [{ productId: product.id, primary: true }] })
      const answer = await test.request('PUT', `/campaigns/${id}/workflow`, asRaw(flow, number))
      if (answer.status !== 200) {
        expect([400, 422], JSON.stringify(answer.body)).toContain(answer.status)
        continue
      }
      const refused = await test.request('POST', `/campaigns/${id}/activate`, { body: { enroll: 'none' } })
      expect(refused.status, number).toBe(422)
      expect(refused.body.errors, JSON.stringify(refused.body)).toContainEqual(
        expect.objectContaining({ path: expect.stringContaining(nodeId) }),
      )
    }
  })

  it.each(numbers)('is said where it stands: %s in a campaign file', async (number) => {
    const { customerIds: _, ...graph } = { customerIds: [], ...flowOf(scoreStep({ delta: 0 }), exitStep) }
    const exported = await must('GET', `/campaigns/${await makeDraft(test, { flow: graph })}/export`)
    const good = await test.request('POST', '/campaigns/import', asRaw({ file: exported }, '0.5'))
    expect(good, JSON.stringify(good.body)).toMatchObject({ status: 201 })
    const answer = await test.request('POST', '/campaigns/import', asRaw({ file: exported }, number))
    if (answer.status === 201) {
      expect(answer.body.problems).toContainEqual(expect.objectContaining({ nodeId: 'score', field: 'delta' }))
      return
    }
    // What is no JSON at all has no fields.
    if (answer.body.code === 'malformed') return expect(answer.status).toBe(400)
    expect(answer.body.errors).toEqual([
      {
        path: 'file.nodes.1.config.delta',
        code: 'invalid_type',
        message: 'Must be a number that is not infinite.',
      },
    ])
  })
})

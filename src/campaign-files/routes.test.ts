import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { waitingFlow } from '../../test/campaign.ts'

let test: TestApp

beforeAll(async () => {
  test = await startTestApp()
})

afterAll(async () => {
  await test.close()
})

const example = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'examples', `${name}.json`), 'utf8'))

const must = async (method: string, path: string, body?: unknown) => {
  const answer = await test.request(method, path, { body })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`)
  return answer.body
}

describe('a campaign file', () => {
  it('comes back as it went out, into another campaign, with the same ids', async () => {
    const segment = await must('POST', '/segments', { name: 'Readers', kind: 'static' })
    const cooling = await must('POST', '/segments', { name: 'Cooling', kind: 'static' })
    const product = await must('POST', '/products', { name: 'Insights' })
    const campaign = await must('POST', '/campaigns', {
      name: 'News',
      description: 'What is new.',
      audience: { type: 'segment', segmentId: segment.id },
      excludeSegmentId: cooling.id,
    })
    await must('PUT', `/campaigns/${campaign.id}/products`, { products: [{ productId: product.id, primary: true }] })
    const flow = waitingFlow()
    const nodes = [
      ...flow.nodes,
      { id: 'add', type: 'add-to-segment', title: 'Remember', config: { segmentId: segment.id } },
    ]
    const edges = [flow.edges[0], { id: 'e2', source: 'wait-1', target: 'add', when: null }]
    edges.push({ id: 'e3', source: 'add', target: 'exit-1', when: null })
    await must('PUT', `/campaigns/${campaign.id}/workflow`, { nodes, edges, layout: { start: { x: 1, y: 2 } } })

    const file = await must('GET', `/campaigns/${campaign.id}/export`)
    expect(file).toMatchObject({
      throughline: 'throughline.campaign/1',
      audience: { type: 'segment', segment: { id: segment.id, name: 'Readers' } },
      excludeSegment: { name: 'Cooling' },
      products: [{ id: product.id, name: 'Insights', primary: true }],
      references: { segment: [{ id: segment.id, name: 'Readers' }] },
    })
    const imported = await must('POST', '/campaigns/import', { file })
    expect(imported.problems).toEqual([])
    expect(imported.campaignId).not.toBe(campaign.id)
    expect(await must('GET', `/campaigns/${imported.campaignId}/export`)).toEqual(file)
  })

  it('finds things by name where the ids are others, and lists what it does not find', async () => {
    const segment = await must('POST', '/segments', { name: 'Cooling down', kind: 'static' })
    const { campaignId, problems } = await must('POST', '/campaigns/import', { file: example('cold-outreach') })
    const { nodes } = await must('GET', `/campaigns/${campaignId}/workflow`)
    const config = (id: string) => nodes.find((node: { id: string }) => node.id === id).config
    const credentials = await must('GET', '/credentials')
    const sandbox = credentials.items.find(({ type }: { type: string }) => type === 'sandbox')
    expect(config('exit-cooldown-1').segmentId).toBe(segment.id)
    expect(config('email-1').credentialId).toBe(sandbox.id)
    expect(problems).toContainEqual(
      expect.objectContaining({
        code: 'reference_left_empty',
        field: 'products',
        message: 'There is no product “Harbor Insights” here, so it was left empty.',
      }),
    )
  })

  it('leaves empty what a name means twice', async () => {
    await must('POST', '/segments', { name: 'Twin', kind: 'static' })
    await must('POST', '/segments', { name: 'twin', kind: 'static' })
    const file = example('re-engagement')
    file.references.segment = [{ id: file.references.segment[0].id, name: 'Twin' }]
    const { campaignId, problems } = await must('POST', '/campaigns/import', { file })
    const { nodes } = await must('GET', `/campaigns/${campaignId}/workflow`)
    const cooldown = nodes.find(({ id }: { id: string }) => id === 'exit-cooldown-1')
    expect(cooldown.config).not.toHaveProperty('segmentId')
    expect(problems).toContainEqual(
      expect.objectContaining({ nodeId: 'exit-cooldown-1', code: 'reference_left_empty', field: 'segmentId' }),
    )
    expect(problems.filter(({ severity }: { severity: string }) => severity === 'error')).not.toEqual([])
  })

  it('goes into the draft of a campaign, guarded by the version of its workflow, and leaves its audience', async () => {
    const campaign = await must('POST', '/campaigns', { name: 'Old', audience: { type: 'all' } })
    const { version } = await must('GET', `/campaigns/${campaign.id}/workflow`)
    const file = { ...example('welcome'), audience: null }
    const into = (ifMatch: number, key = test.adminKey) =>
      test.request('POST', '/campaigns/import', {
        body: { file, into: campaign.id },
        headers: { 'if-match': String(ifMatch) },
        key,
      })
    expect(await into(version + 7)).toMatchObject({ status: 412, body: { code: 'stale_version', version } })
    expect(await into(version, test.otherWorkspace.adminKey)).toMatchObject({ status: 404 })
    const imported = await into(version)
    expect(imported).toMatchObject({ status: 200, body: { campaignId: campaign.id, graphVersion: version + 1 } })
    const now = await must('GET', `/campaigns/${campaign.id}`)
    expect(now).toMatchObject({ name: 'Welcome', audience: { type: 'all' } })
    expect((await into(version)).status).toBe(412)
  })

  it('is refused with the place of each fault', async () => {
    const file = example('welcome')
    file.nodes[0].colour = 'red'
    delete file.edges[0].target
    const refused = await test.request('POST', '/campaigns/import', { body: { file } })
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid' } })
    expect(refused.body.errors.map(({ path }: { path: string }) => path)).toEqual(
      expect.arrayContaining(['file.edges.0.target']),
    )
    const twice = example('welcome')
    twice.nodes.push(twice.nodes[1])
    const repeated = await test.request('POST', '/campaigns/import', { body: { file: twice } })
    expect(repeated).toMatchObject({ status: 422, body: { errors: [{ code: 'repeated' }] } })
  })
})

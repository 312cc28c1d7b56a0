import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generate } from '../../test/ai.ts'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

async function makeCampaign(workflow?: object): Promise<string> {
  const { body } = await test.request('POST', '/campaigns', { body: { name: 'Outreach', audience: { type: 'all' } } })
  if (workflow) await test.request('PUT', `/campaigns/${body.id}/workflow`, { body: workflow })
  return body.id
}
const draftOf = async (id: string) => (await test.request('GET', `/campaigns/${id}/workflow`)).body

describe('AI Generate without a model', () => {
  it('tells stages and steps, then proposes graph and diff by rules, and writes nothing', async () => {
    const id = await makeCampaign()
    const before = await draftOf(id)
    const { events, proposal } = await generate(test, id, {
      prompt:
        'Send an email about pricing, wait 3 days, send a reminder. If they reply at any point, hand off to sales.',
    })
    const stages = events.flatMap(({ event, data }) => (event === 'progress' ? [data.stage] : []))
    expect([...new Set(stages)]).toEqual(['reading', 'drafting', 'step', 'checking', 'placing'])
    expect(proposal).toMatchObject({ source: 'outline', replaces: 0, version: before.version, unread: [] })
    expect(proposal.graph.nodes.map(({ type }: { type: string }) => type)).toEqual([
      'trigger',
      'email-send',
      'wait',
      'email-send',
      'at-any-point',
      'exit-handoff',
    ])
    expect(Object.keys(proposal.graph.layout).sort()).toEqual(
      proposal.graph.nodes.map((node: { id: string }) => node.id).sort(),
    )
    expect(proposal.diff.nodes.added).toHaveLength(6)
    expect(proposal.changes).toContainEqual({
      key: '+email-1',
      kind: 'added',
      nodeId: 'email-1',
      text: 'Adds “Email about pricing” (send email), after “Start”.',
    })
    expect(
      proposal.placeholders.map(({ nodeId, field }: { nodeId: string; field: string }) => `${nodeId} ${field}`),
    ).toEqual(['email-1 body', 'email-2 subject', 'email-2 body'])
    expect(await draftOf(id)).toEqual(before)
  })

  it('proposes what a PUT takes as it is', async () => {
    const id = await makeCampaign()
    const { proposal } = await generate(test, id, { prompt: 'tag them as new, wait 2 hours, exit' })
    const { graph, version } = proposal
    const saved = await test.request('PUT', `/campaigns/${id}/workflow`, { body: { ...graph, version } })
    expect(saved.status).toBe(200)
    expect(saved.body.problems).toEqual([])
    expect((await draftOf(id)).layout).toEqual(graph.layout)
  })

  it('says how many steps it replaces; the start stays, and no new step takes an old one’s id', async () => {
    const id = await makeCampaign({
      nodes: [
        { id: 'start', type: 'trigger', title: 'Go', config: { type: 'manual' } },
        { id: 'email-1', type: 'email-send', title: 'Old', config: { subject: 'x', body: 'y' } },
        { id: 'add-tag-1', type: 'add-tag', title: 'Tag new', config: { name: 'new' } },
      ],
      edges: [
        { source: 'start', target: 'email-1' },
        { source: 'email-1', target: 'add-tag-1' },
      ],
    })
    const { proposal } = await generate(test, id, { prompt: 'email "Hello", tag them as new' })
    expect(proposal.replaces).toBe(1)
    expect(proposal.graph.nodes.map((node: { id: string }) => node.id)).toEqual(['start', 'email-2', 'add-tag-1'])
    expect(proposal.changes.map(({ text }: { text: string }) => text)).toEqual([
      'Adds “Email 1” (send email), after “Go”.',
      'Removes “Old”.',
    ])
  })

  it('changes a proposal by a further prompt, compared with the draft all the same', async () => {
    const id = await makeCampaign()
    const first = await generate(test, id, { prompt: 'email "A", wait 2 days, email "B", wait 2 days, email "C"' })
    const { nodes, edges } = first.proposal.graph
    const { proposal } = await generate(test, id, { prompt: 'make it shorter', proposal: { nodes, edges } })
    expect(proposal.graph.nodes).toHaveLength(4)
    expect(proposal.diff.nodes.added).toHaveLength(4)
  })

  it('offers ready-made campaigns when no step can be read, and proposes one that is chosen', async () => {
    const id = await makeCampaign()
    const { proposal } = await generate(test, id, { prompt: 'We want to win back lost customers' })
    expect(proposal).toMatchObject({
      graph: null,
      diff: null,
      unread: [{ line: 1 }],
      examples: [{ id: 'win-back-ab' }],
    })
    const chosen = await generate(test, id, { example: 'win-back-ab' })
    expect(chosen.proposal).toMatchObject({ source: 'example' })
    expect(chosen.proposal.graph.nodes.length).toBeGreaterThan(5)
    const referred = JSON.stringify(chosen.proposal.graph.nodes).match(/019f0000-[0-9a-f-]{27}/g)
    expect(referred).toBeNull()
  })

  it('tells problems that the draft had from those of the proposal', async () => {
    const id = await makeCampaign({
      nodes: [
        { id: 'start', type: 'trigger', title: 'Go', config: { type: 'manual' } },
        { id: 'add-to-segment-1', type: 'add-to-segment', title: 'Into a segment', config: {} },
      ],
      edges: [{ source: 'start', target: 'add-to-segment-1' }],
    })
    const { proposal } = await generate(test, id, { prompt: 'add to the segment, hand off to sales, email "Hi"' })
    expect(proposal.problems.map(({ code, cause }: { code: string; cause: string }) => `${code} ${cause}`)).toEqual(
      expect.arrayContaining(['missing_field before', 'missing_field proposal']),
    )
  })

  it('refuses an archived campaign, an empty prompt, somebody else’s campaign, and a step’s id given twice', async () => {
    const id = await makeCampaign()
    const ask = (body: object, key = test.memberKey) =>
      test.request('POST', `/campaigns/${id}/workflow/generate`, { body, key })
    expect((await ask({ prompt: '  ' })).body).toMatchObject({ code: 'invalid', errors: [{ path: 'prompt' }] })
    expect((await ask({ prompt: 'x' }, test.otherWorkspace.adminKey)).status).toBe(404)
    const node = { id: 'a', type: 'exit' }
    expect((await ask({ prompt: 'x', proposal: { nodes: [node, node], edges: [] } })).status).toBe(422)
    await test.request('POST', `/campaigns/${id}/archive`)
    expect((await ask({ prompt: 'exit' })).body).toMatchObject({ code: 'wrong_state' })
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answers, connectModel, generate } from '../../test/ai.ts'
import { type AiServer, startAiServer } from '../../test/ai-server.ts'
import { startTestApp, type TestApp } from '../../test/app.ts'

let test: TestApp
let server: AiServer
let id: string
const { start, edge, whole } = answers
const day = 86_400_000
const wait = (name: string, days: number) => ({
  id: name,
  type: 'wait',
  title: `Wait ${days} days`,
  config: { waitType: 'duration', durationMs: days * day },
})
const tag = (name: string) => ({ id: name, type: 'add-tag', title: `Tag ${name}`, config: { name } })
const nodes = [start, tag('first'), wait('wait-1', 1), tag('second'), wait('wait-2', 2), tag('third')]
const edges = nodes.slice(1).map((node, index) => edge(nodes[index]?.id ?? '', node.id))

beforeAll(async () => {
  server = await startAiServer()
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: server.host } })
})
afterAll(async () => {
  await test.close()
  await server.close()
})
beforeEach(async () => {
  const { body } = await test.request('POST', '/campaigns', { body: { name: 'Outreach' } })
  id = body.id
  await put({ nodes, edges })
  server.heard.length = 0
})
const put = (graph: object) => test.request('PUT', `/campaigns/${id}/workflow`, { body: graph })

interface Found {
  graph: { nodes: { id: string }[]; edges: { source: string; target: string; when: string | null }[] }
}
const ways = ({ graph }: Found) =>
  graph.edges.map(({ source, target, when }) => `${source}${when ? ` ${when}` : ''} > ${target}`).sort()
const untouched = ({ graph }: Found, ...ids: string[]) =>
  expect(graph.nodes.filter((node) => ids.includes(node.id))).toEqual(nodes.filter((node) => ids.includes(node.id)))

describe('an outline for selected steps', () => {
  const ask = async (prompt: string, ...selection: string[]) =>
    (await generate(test, id, { prompt, selection }, { key: test.adminKey })).proposal

  it('takes their place: what led to them leads to it, and it leads on to where they did', async () => {
    const proposal = await ask('Tag them as warm, then wait 5 days', 'wait-1', 'second')
    expect(proposal.changes.map(({ text }: { text: string }) => text)).toEqual([
      'Adds “Tag warm” (add tag), after “Tag first”.',
      'Adds “Wait 5 days” (wait), after “Tag warm”.',
      'Removes “Wait 1 days”.',
      'Removes “Tag second”.',
    ])
    untouched(proposal, 'start', 'first', 'wait-2', 'third')
    expect(ways(proposal)).toEqual([
      'add-tag-1 > wait-3',
      'first > add-tag-1',
      'start > first',
      'wait-2 > third',
      'wait-3 > wait-2',
    ])
    expect(proposal.problems).toEqual([])
  })

  it('keeps a step of theirs that it names as it is, and takes the id of none beside them', async () => {
    const proposal = await ask('Wait 2 days. Tag them as warm', 'wait-1', 'second')
    expect(proposal.graph.nodes.filter(({ type }: { type: string }) => type === 'wait')).toHaveLength(2)
    untouched(proposal, 'wait-2', 'third')
    expect(ways(proposal)).toContain('wait-2 > third')
  })

  it('goes in behind a trigger that is selected alone, and at the end', async () => {
    const behind = await ask('Tag them as warm', 'start')
    expect(ways(behind)).toEqual(expect.arrayContaining(['start > add-tag-1', 'add-tag-1 > first']))
    expect(behind.diff.nodes.removed).toEqual([])
    const end = await ask('Tag them as warm', 'third')
    expect(ways(end)).toContain('wait-2 > add-tag-1')
  })

  it('is refused where they lead on to several steps, and says so', async () => {
    const split = {
      id: 'split',
      type: 'random-split',
      title: 'Split',
      config: {
        branches: [
          { id: 'a', label: 'A', weight: 50 },
          { id: 'b', label: 'B', weight: 50 },
        ],
      },
    }
    await put({
      nodes: [start, split, tag('first'), tag('second')],
      edges: [edge('start', 'split'), edge('split', 'first', 'a'), edge('split', 'second', 'b')],
    })
    const proposal = await ask('Tag them as warm', 'split')
    expect(proposal.graph).toBeNull()
    expect(proposal.notes.join()).toContain('lead on to several others')
  })

  it('offers no ready-made campaign, which would take the place of everything', async () => {
    const proposal = await ask('We want to win back lost customers', 'wait-1')
    expect(proposal).toMatchObject({ graph: null, examples: [] })
  })

  it('is refused for a step that is not there, for none, and with a ready-made campaign', async () => {
    const refused = async (body: object) =>
      (await test.request('POST', `/campaigns/${id}/workflow/generate`, { body })).body.errors[0].path
    expect(await refused({ prompt: 'x', selection: ['wait-1', 'nowhere'] })).toBe('selection.1')
    expect(await refused({ prompt: 'x', selection: [] })).toBe('selection')
    expect(await refused({ example: 'win-back-ab', selection: ['wait-1'] })).toBe('example')
  })
})

describe('a model that is asked about selected steps', () => {
  beforeAll(async () => {
    await connectModel(test, server, 'openai')
  })
  const ask = async (answer: string, ...selection: string[]) => {
    server.script({ say: answer })
    return (await generate(test, id, { prompt: 'Change it', selection }, { key: test.ownerKey })).proposal
  }

  it('is told which they are, and changes them', async () => {
    const changed = nodes.map((node) => (node.id === 'wait-1' ? wait('wait-1', 4) : node))
    const proposal = await ask(whole(changed, edges), 'wait-1')
    expect(proposal.diff.nodes.changed.map((node: { id: string }) => node.id)).toEqual(['wait-1'])
    expect(proposal.notes).toEqual([])
    const told = JSON.stringify(server.heard[0]?.body.messages)
    expect(told).toContain('<selection>')
    expect(told).toContain('[\\\\\\"wait-1\\\\\\"]'.replaceAll('\\\\\\', '\\'))
  })

  it('changes nothing beside them: what it wrote beyond is left out and said', async () => {
    const answer = whole(
      [
        start,
        tag('other'),
        { ...tag('first'), config: { name: 'changed' } },
        wait('wait-1', 4),
        tag('second'),
        tag('third'),
      ],
      [
        edge('start', 'other'),
        edge('other', 'first'),
        edge('first', 'wait-1'),
        edge('wait-1', 'second'),
        edge('second', 'third'),
      ],
    )
    const proposal = await ask(answer, 'wait-1')
    untouched(proposal, 'start', 'first', 'second', 'wait-2', 'third')
    expect(ways(proposal)).toEqual(
      expect.arrayContaining([
        'start > first',
        'first > wait-1',
        'wait-1 > second',
        'second > wait-2',
        'wait-2 > third',
      ]),
    )
    expect(proposal.notes.join('\n')).toMatch(/“Tag first” is not selected, so it stays as it is/)
    expect(proposal.notes.join('\n')).toMatch(/“Wait 2 days” is not selected, so it was not removed/)
    expect(proposal.notes.join('\n')).toMatch(/“Go” is not selected, so its way on stays as it is/)
    expect(proposal.notes.join('\n')).toMatch(/“Tag other” hangs on no selected step, so it was left out/)
  })

  it('may put steps around them', async () => {
    const answer = whole(
      [...nodes, tag('between')],
      [
        ...edges.filter(({ source }) => source !== 'first' && source !== 'wait-1'),
        edge('first', 'wait-1'),
        edge('wait-1', 'between'),
        edge('between', 'second'),
      ],
    )
    const proposal = await ask(answer, 'wait-1')
    expect(ways(proposal)).toEqual(expect.arrayContaining(['wait-1 > between', 'between > second']))
    expect(proposal.problems).toEqual([])
    expect(proposal.notes).toEqual([])
  })
})

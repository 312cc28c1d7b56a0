import { describe, expect, it } from 'vitest'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import { compile } from '../workflow/compile.ts'
import type { Graph } from '../workflow/graph.ts'
import { searchExamples } from './examples.ts'
import { readOutline } from './outline.ts'
import { reviseOutline } from './outline-revise.ts'
import { isPlaceholder } from './proposal.ts'
import { emptyWorkspace, type Workspace } from './workspace.ts'

const day = 86_400_000
const sandbox = '019f0000-0000-7000-8000-0000000000c1'
const known: Workspace = {
  ...emptyWorkspace,
  credentials: [{ id: sandbox, name: 'Sandbox mailbox', channels: ['email', 'telegram', 'linkedin'] }],
  segments: [{ id: '019f0000-0000-7000-8000-0000000000d1', name: 'Warm leads', kind: 'static' }],
  templates: [{ id: 'Welcome', name: 'Welcome', channel: 'email' }],
  members: [{ id: '019f0000-0000-7000-8000-0000000000f1', name: 'Linh Tran' }],
}

const read = (text: string) => readOutline(text, catalogue, known)
const graphOf = (text: string): Graph => {
  const { graph } = read(text)
  if (!graph) throw new Error('Nothing was read.')
  return graph
}
/** `email-1 -> wait-1`, `email-1 -replied-> exit-1`. */
const ways = (graph: Graph) =>
  graph.edges.map(({ source, target, when }) => `${source} -${when === null ? '' : `${when}-`}> ${target}`).sort()
const config = (graph: Graph, id: string) => graph.nodes.find((node) => node.id === id)?.config

describe('the outline reader', () => {
  it('reads numbered steps, and takes a wait before a question for the time that the answer has', () => {
    const graph = graphOf(
      '1. Send a welcome email\n2. Wait 2 days\n3. If no reply, send a reminder about the trial\n4. If they reply, hand off to sales',
    )
    expect(ways(graph)).toEqual([
      'email-1 -> email-2',
      'email-1 -replied-> exit-handoff-1',
      'email-2 -replied-> exit-handoff-1',
      'trigger-1 -> email-1',
    ])
    expect(config(graph, 'email-1')).toEqual({ credentialId: sandbox, subject: '', body: '', replyTimeoutMs: 2 * day })
    expect(graph.nodes.map(({ title }) => title)).toEqual([
      'Start',
      'Welcome email',
      'Reminder about the trial',
      'Hand off to sales',
    ])
  })

  it('reads the example of the product page', () => {
    const graph = graphOf('3-step cold outreach … wait 3 days … if reply at any point → hand off to sales')
    expect(ways(graph)).toEqual([
      'at-any-point-1 -> exit-handoff-1',
      'email-1 -> wait-1',
      'email-2 -> wait-2',
      'trigger-1 -> email-1',
      'wait-1 -> email-2',
      'wait-2 -> email-3',
    ])
    expect(config(graph, 'wait-1')).toEqual({ waitType: 'duration', durationMs: 3 * day })
    expect(config(graph, 'at-any-point-1')).toEqual({ event: 'replied' })
  })

  it.each([
    [
      'German',
      'Schicke eine Willkommensmail. Warte 3 Tage. Wenn keine Antwort, schicke eine Erinnerung. Wenn sie jederzeit antworten, an den Vertrieb übergeben.',
    ],
    [
      'Spanish',
      'Envía un correo de bienvenida, espera tres días, si no responde envía un recordatorio; si responde en cualquier momento, pasar a ventas',
    ],
    [
      'Vietnamese',
      'Gửi email chào mừng. Chờ ba ngày. Nếu không trả lời thì gửi email nhắc. Nếu họ trả lời bất cứ lúc nào thì chuyển cho sales.',
    ],
    [
      'English',
      'Send a welcome email. Wait three days. If they do not reply, send a reminder. If they reply at any time, hand off to sales.',
    ],
  ])('reads the same out of %s', (_, text) => {
    const graph = graphOf(text)
    expect(ways(graph)).toEqual([
      'at-any-point-1 -> exit-handoff-1',
      'email-1 -> email-2',
      'email-1 -replied-> exit-handoff-1',
      'trigger-1 -> email-1',
    ])
    expect(config(graph, 'email-1')?.replyTimeoutMs).toBe(3 * day)
    expect(read(text).unread).toEqual([])
  })

  it('reads what to do otherwise, tags, scores, segments, and goes on below both', () => {
    const graph = graphOf(
      'Send an email about pricing. After 3 days, if they click, tag them as interested and add 0.2 to the score. Otherwise add them to the segment "Warm leads". Then wait a week and stop.',
    )
    expect(ways(graph)).toEqual([
      'add-tag-1 -> adjust-score-1',
      'add-to-segment-1 -> wait-1',
      'adjust-score-1 -> wait-1',
      'email-1 -> add-to-segment-1',
      'email-1 -clicked-> add-tag-1',
      'trigger-1 -> email-1',
      'wait-1 -> exit-1',
    ])
    expect(config(graph, 'adjust-score-1')).toEqual({ delta: 0.2 })
    expect(config(graph, 'add-to-segment-1')).toEqual({ segmentId: known.segments[0]?.id })
  })

  it('reads indented steps as the branch above them', () => {
    const graph = graphOf(
      '- Email "Hello"\n- Wait 5 days\n- If they open:\n    - email "Still there?"\n    - wait 1 day\n- Otherwise exit',
    )
    expect(ways(graph)).toEqual([
      'email-1 -> exit-1',
      'email-1 -opened-> email-2',
      'email-2 -> wait-1',
      'trigger-1 -> email-1',
    ])
    expect(config(graph, 'email-2')?.subject).toBe('Still there?')
  })

  it('reads days, splits by chance and by country', () => {
    const graph = graphOf(
      'Day 1: email "Hello"\nDay 4: split 80/20:\n  A: email about price\n  B: email about value\nIf country is Vietnam, tag vn\nOtherwise tag world',
    )
    expect(config(graph, 'wait-1')).toEqual({ waitType: 'duration', durationMs: 3 * day })
    expect(config(graph, 'random-split-1')).toEqual({
      branches: [
        { id: 'a', label: 'A', weight: 80 },
        { id: 'b', label: 'B', weight: 20 },
      ],
    })
    expect(config(graph, 'path-1')).toEqual({
      rules: [{ input: 'customer.country', condition: 'equals', value: 'VN' }],
      match: 'all',
    })
  })

  it('uses a template, a member and a time of day that it is told by name', () => {
    const graph = graphOf('Wait until 9am on weekdays, send the template "Welcome", then hand off to Linh Tran')
    expect(config(graph, 'wait-1')).toEqual({ waitType: 'until-time', time: '09:00', weekdays: [1, 2, 3, 4, 5] })
    expect(config(graph, 'email-1')).toEqual({ credentialId: sandbox, templateName: 'Welcome' })
    expect(config(graph, 'exit-handoff-1')).toEqual({ assignTo: { type: 'member', memberIds: [known.members[0]?.id] } })
  })

  it('leaves a segment that the workspace does not have to be chosen, with the name that was said', () => {
    const { graph, wanted } = read('Add them to the segment "VIP"')
    expect(graph && config(graph, 'add-to-segment-1')).toEqual({})
    expect([...wanted]).toEqual([['add-to-segment-1 segmentId', 'VIP']])
  })

  it('lists what it does not understand, with the reason where it knows one, and draws the rest', () => {
    const { graph, unread } = read(
      '1. Send an SMS\n2. Frobnicate the customer\n3. Email "Hi"\n4. Wait until the moon is full',
    )
    expect(unread).toEqual([
      { line: 1, text: 'Send an SMS', reason: expect.stringContaining('no step for SMS') },
      { line: 2, text: 'Frobnicate the customer', reason: null },
      { line: 4, text: 'Wait until the moon is full', reason: null },
    ])
    expect(graph && ways(graph)).toEqual(['trigger-1 -> email-1'])
  })

  it('draws nothing out of a text without a step', () => {
    expect(read('Win back customers who left us')).toMatchObject({ graph: null, unread: [{ line: 1 }] })
  })

  it('gives a graph that compiles but for what a person has to write or choose', () => {
    const texts = [
      'Email, wait 2 days, email, if they reply at any point hand off to sales, if they unsubscribe never contact again',
      'Send 4 emails 3 days apart about onboarding. If bounced, stop.',
      'Split 50/50: A gets an email about price, B gets an email about speed. Wait 1 week. If tagged vip, create a task to call them. Otherwise exit.',
      'Email "Offer". If order.placed within 5 days, tag buyer. Otherwise send a reminder.',
    ]
    for (const text of texts) {
      const graph = graphOf(text)
      const errors = compile(graph, catalogue, parseConfig).problems.filter(
        (problem) => problem.severity === 'error' && !isPlaceholder(graph, problem),
      )
      expect(errors, text).toEqual([])
    }
  })
})

describe('what is no instruction to tag', () => {
  it.each([
    'Am letzten Tag schicke eine Mail "Schluss"',
    'Send an email to our VIP customers (they carry the tag vip)',
  ])('draws no tag for “%s”', (text) => {
    expect(graphOf(text).nodes.filter(({ type }) => type === 'add-tag')).toEqual([])
  })

  it.each([
    ['Add the vip tag', 'vip'],
    ['Tag Interessiert hinzufügen', 'Interessiert'],
    ['Tag them as new', 'new'],
  ])('draws the tag of “%s”', (text, name) => {
    expect(config(graphOf(text), 'add-tag-1')).toEqual({ name })
  })
})

describe('a German condition with its verb at the end', () => {
  it.each([
    ['Wenn das Land Deutschland ist', { input: 'customer.country', condition: 'equals', value: 'DE' }],
    ['Wenn das Land nicht Deutschland ist', { input: 'customer.country', condition: 'not-equals', value: 'DE' }],
    ['Wenn das Land ist Deutschland', { input: 'customer.country', condition: 'equals', value: 'DE' }],
  ])('reads “%s”', (text, rule) => {
    const graph = graphOf(`${text}, schicke eine Mail "Guten Tag". Sonst schicke eine Mail "Hello".`)
    expect(config(graph, 'path-1')).toEqual({ rules: [rule], match: 'all' })
  })
})

describe('changing a proposal by rules', () => {
  const base = graphOf('Email "A". Wait 2 days. Email "B". Wait 2 days. Email "C". Exit')
  const revise = (text: string) => reviseOutline(base, text, catalogue, known)

  it('makes it shorter by the last message and the wait before it', () => {
    const { graph } = revise('Make it shorter')
    expect(graph && ways(graph)).toEqual([
      'email-1 -> wait-1',
      'email-2 -> exit-1',
      'trigger-1 -> email-1',
      'wait-1 -> email-2',
    ])
  })

  it('adds steps in front of the exit, and listeners beside', () => {
    const { graph } = revise(
      'Add a wait of 3 days and a LinkedIn step at the end\nIf they reply at any point, hand off to sales',
    )
    expect(graph && ways(graph)).toEqual(
      expect.arrayContaining([
        'email-3 -> wait-3',
        'at-any-point-1 -> exit-handoff-1',
        expect.stringMatching(/-> exit-1$/),
      ]),
    )
  })

  it('changes the waits', () => {
    const { graph } = revise('wait 5 days instead')
    expect(graph && config(graph, 'wait-2')).toEqual({ waitType: 'duration', durationMs: 5 * day })
  })

  it('says what it does not understand and leaves the proposal', () => {
    expect(revise('make it friendlier')).toMatchObject({ graph: null, unread: [{ text: 'make it friendlier' }] })
  })
})

describe('ready-made campaigns', () => {
  it.each([
    ['Win back customers who left us', 'win-back-ab'],
    ['remind people of the cart they left', 'abandoned-cart'],
    ['Begrüßung für Neukunden', 'welcome'],
    ['recuperar carritos abandonados', 'abandoned-cart'],
    ['khách hàng không hoạt động', 're-engagement'],
    ['invite people to our webinar', 'webinar'],
  ])('are found by what they are about: %s', (text, id) => {
    expect(searchExamples(text)[0]?.id).toBe(id)
  })

  it('are not offered for something else', () => {
    expect(searchExamples('the weather in Paris')).toEqual([])
  })
})

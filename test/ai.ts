import type { AiServer } from './ai-server.ts'
import type { TestApp } from './app.ts'

/** One server-sent event of a generation. */
export interface SaidEvent {
  event: string
  // A test states what it expects field by field.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  data: any
}

/** Asks for a proposal and reads its events to the end; `hears` is told what has come so far with each piece. `proposal` and `failed` are undefined where there was none. */
export async function generate(
  test: Pick<TestApp, 'url' | 'memberKey'>,
  campaignId: string,
  body: object,
  options: { signal?: AbortSignal; key?: string; hears?(text: string): void } = {},
  // biome-ignore lint/suspicious/noExplicitAny: as above
): Promise<{ events: SaidEvent[]; proposal: any; failed: any; text: string }> {
  const answer = await fetch(`${test.url}/api/v1/campaigns/${campaignId}/workflow/generate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${options.key ?? test.memberKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(options.signal && { signal: options.signal }),
  })
  let text = ''
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    options.hears?.(text)
  }
  if (!answer.ok) throw new Error(`The server answered ${answer.status}: ${text}`)
  const events = readEvents(text)
  const dataOf = (name: string) => events.find(({ event }) => event === name)?.data
  return { events, proposal: dataOf('proposal'), failed: dataOf('failed'), text }
}

/** The events of a stream's text. */
function readEvents(text: string): SaidEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const event = /^event: (.*)$/m.exec(block)?.[1]
    const data = /^data: (.*)$/m.exec(block)?.[1]
    return event && data ? [{ event, data: JSON.parse(data) }] : []
  })
}

/** A key that must never be seen anywhere but at the provider. */
export const canaryKey = 'sk-canary-4f7a9b2c8d1e'

/** Connects a scripted model with the canary as its key, makes it the one that is asked, and answers its id. @throws Error when its test fails */
export async function connectModel(test: TestApp, server: AiServer, kind: string, more: object = {}): Promise<string> {
  server.script({ say: '{"ready": true}' })
  const made = await test.request('POST', '/ai/providers', {
    body: {
      kind,
      name: `${kind} ${Math.random()}`,
      model: 'writer-1',
      apiKey: canaryKey,
      baseUrl: server.url,
      ...more,
    },
  })
  if (made.status !== 201 || !made.body.test.ok) throw new Error(`Not connected: ${JSON.stringify(made.body)}`)
  await test.request('PATCH', `/ai/providers/${made.body.id}`, { body: { isChat: true } })
  server.heard.length = 0
  return made.body.id
}

/** A campaign with a trigger alone; answers its id. */
export async function emptyCampaign(test: TestApp): Promise<string> {
  const { body } = await test.request('POST', '/campaigns', { body: { name: 'Outreach', audience: { type: 'all' } } })
  await test.request('PUT', `/campaigns/${body.id}/workflow`, { body: { nodes: [answers.start], edges: [] } })
  return body.id
}

/** Pieces of what a model answers. */
export const answers = {
  start: { id: 'start', type: 'trigger', title: 'Go', config: { type: 'manual' } },
  exit: { id: 'exit-1', type: 'exit', title: 'End', config: {} },
  mail: (id: string, credentialId: string, config: object = {}) => ({
    id,
    type: 'email-send',
    title: `Mail ${id}`,
    config: {
      credentialId,
      templateName: null,
      subject: 'Hello',
      body: 'Hi {{customer.firstName | default: "there"}}',
      ...config,
    },
  }),
  edge: (source: string, target: string, when: string | null = null) => ({ source, target, when }),
  whole: (nodes: object[], edges: object[], more: object = {}) =>
    JSON.stringify({ summary: 'One mail, then the end.', nodes, edges, notes: [], ...more }),
  /** A graph that is right: one mail, then the end. */
  good: (credentialId: string) =>
    answers.whole(
      [answers.start, answers.mail('email-1', credentialId), answers.exit],
      [answers.edge('start', 'email-1'), answers.edge('email-1', 'exit-1')],
    ),
}

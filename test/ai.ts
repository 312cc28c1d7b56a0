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

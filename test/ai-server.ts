import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** What a scripted model does with one request. */
export type Reply =
  /** Writes a text in pieces; with `pause`, what comes after so many characters is held back until then. */
  | { say: string; pause?: { at: number; until: Promise<void> } }
  | { status: number; headers?: Record<string, string>; body?: unknown }
  /** Writes a piece and is silent then. */
  | { stallAfter: string }
  /** Writes a piece and breaks the connection. */
  | { cutAfter: string }
  /** Writes until nobody reads any more, this many bytes of text. */
  | { flood: number }
  /** Stops before it is done, as at the end of what a model may write. */
  | { cutShort: string }

/** A request as it came. */
export interface Heard {
  path: string
  headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what it expects
  body: any
}

/** A model's server on a real socket, speaking chat completions (OpenAI, Ollama, vLLM) and messages (Anthropic), each as a stream. */
export interface AiServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/v1` */
  url: string
  /** For ALLOW_PRIVATE_HOSTS. */
  host: string
  heard: Heard[]
  /** What it does with the next requests, in order. The last one stays. */
  script(...replies: Reply[]): void
  close(): Promise<void>
}

/** Starts a scripted model. */
export async function startAiServer(): Promise<AiServer> {
  let replies: Reply[] = [{ say: '{}' }]
  const heard: Heard[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const path = request.url ?? ''
      if (path.startsWith('/v1/models')) {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ data: [{ id: 'writer-1' }, { id: 'text-embedding-1' }] }))
        return
      }
      heard.push({ path, headers: request.headers, body: text === '' ? null : JSON.parse(text) })
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      void answer(path.includes('/messages') ? anthropic : openAi, reply ?? { say: '' }, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${port}/v1`,
    host: `127.0.0.1:${port}`,
    heard,
    script(...next) {
      replies = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** How a protocol writes a stream. */
interface Protocol {
  start(): string
  piece(text: string): string
  end(reason: 'stop' | 'length'): string
}

const line = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`
const chunk = (delta: object, finish: string | null) =>
  line({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
const openAi: Protocol = {
  start: () => chunk({ role: 'assistant', content: '' }, null),
  piece: (text) => chunk({ content: text }, null),
  end: (reason) =>
    `${chunk({}, reason)}${line({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 } })}data: [DONE]\n\n`,
}

const event = (type: string, data: object) => `event: ${type}\n${line({ type, ...data })}`
const anthropic: Protocol = {
  start: () =>
    event('message_start', {
      message: {
        id: 'm1',
        type: 'message',
        role: 'assistant',
        model: 'm',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 1200, output_tokens: 1 },
      },
    }) +
    event('content_block_start', { index: 0, content_block: { type: 'tool_use', id: 't1', name: 'json', input: {} } }),
  piece: (text) => event('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: text } }),
  end: (reason) =>
    event('content_block_stop', { index: 0 }) +
    event('message_delta', {
      delta: { stop_reason: reason === 'stop' ? 'tool_use' : 'max_tokens', stop_sequence: null },
      usage: { output_tokens: 300 },
    }) +
    event('message_stop', {}),
}

async function answer(protocol: Protocol, reply: Reply, response: ServerResponse): Promise<void> {
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(JSON.stringify(reply.body ?? {}))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(protocol.start())
  if ('flood' in reply) {
    response.setMaxListeners(0)
    const piece = protocol.piece('x'.repeat(16_384))
    for (let sent = 0; sent < reply.flood && !response.destroyed; sent += 16_384) {
      if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
    }
    response.end(protocol.end('stop'))
    return
  }
  const text =
    'say' in reply
      ? reply.say
      : 'stallAfter' in reply
        ? reply.stallAfter
        : 'cutAfter' in reply
          ? reply.cutAfter
          : reply.cutShort
  const pause = 'say' in reply ? reply.pause : undefined
  for (const part of pause ? [text.slice(0, pause.at), text.slice(pause.at)] : [text]) {
    for (let at = 0; at < part.length; at += 40) response.write(protocol.piece(part.slice(at, at + 40)))
    await pause?.until
  }
  if ('stallAfter' in reply) return
  if ('cutAfter' in reply) {
    // Once what was written is on its way, or nothing of it would arrive.
    response.write('', () => response.destroy())
    return
  }
  response.end(protocol.end('cutShort' in reply ? 'length' : 'stop'))
}

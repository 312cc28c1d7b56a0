import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { crc32 } from 'node:zlib'

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
  /** Bedrock's way to fail in the middle of a stream. */
  | { say: string; exception: { type: string; message: string } }

/** A request as it came. */
export interface Heard {
  path: string
  headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: a test looks at what it expects
  body: any
  text: string
  /** Bytes of the answer that were written so far. */
  sent: number
  /** `whole`: the answer went out to its end; `cut`: the connection closed before that. */
  ended: Promise<'whole' | 'cut'>
}

/**
 * A model's server on a real socket, speaking chat completions (OpenAI, Ollama, vLLM), messages (Anthropic) and Converse (Bedrock), each as
 * a stream.
 */
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
      const ended = Promise.withResolvers<'whole' | 'cut'>()
      response.on('close', () => ended.resolve(response.writableFinished ? 'whole' : 'cut'))
      const own: Heard = {
        path,
        headers: request.headers,
        body: text === '' ? null : JSON.parse(text),
        text,
        sent: 0,
        ended: ended.promise,
      }
      heard.push(own)
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      const protocol = path.endsWith('/converse-stream') ? bedrock : path.includes('/messages') ? anthropic : openAi
      void answer(protocol, reply ?? { say: '' }, response, own)
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
  media: string
  start(): string | Uint8Array
  piece(text: string): string | Uint8Array
  end(reason: 'stop' | 'length'): string | Uint8Array
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
  media: 'text/event-stream',
  start: () => chunk({ role: 'assistant', content: '' }, null),
  piece: (text) => chunk({ content: text }, null),
  end: (reason) =>
    `${chunk({}, reason)}${line({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [], usage: { prompt_tokens: 1200, completion_tokens: 300, total_tokens: 1500 } })}data: [DONE]\n\n`,
}

const event = (type: string, data: object) => `event: ${type}\n${line({ type, ...data })}`
const anthropic: Protocol = {
  media: 'text/event-stream',
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

/** One message of `application/vnd.amazon.eventstream`: lengths and their checksum, headers, JSON, checksum of it all. */
function frame(headers: Record<string, string>, data: object): Buffer {
  const named = Object.entries(headers).map(([name, value]) => {
    const length = Buffer.alloc(2)
    length.writeUInt16BE(Buffer.byteLength(value))
    // 7: a string.
    return Buffer.concat([
      Buffer.of(Buffer.byteLength(name)),
      Buffer.from(name),
      Buffer.of(7),
      length,
      Buffer.from(value),
    ])
  })
  const head = Buffer.concat(named)
  const body = Buffer.from(JSON.stringify(data))
  const whole = Buffer.alloc(16 + head.length + body.length)
  whole.writeUInt32BE(whole.length, 0)
  whole.writeUInt32BE(head.length, 4)
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8)
  head.copy(whole, 12)
  body.copy(whole, 12 + head.length)
  whole.writeUInt32BE(crc32(whole.subarray(0, whole.length - 4)), whole.length - 4)
  return whole
}
const converse = (type: string, data: object): Buffer =>
  frame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, data)
const bedrock: Protocol = {
  media: 'application/vnd.amazon.eventstream',
  start: () =>
    Buffer.concat([
      converse('messageStart', { role: 'assistant' }),
      converse('contentBlockStart', {
        contentBlockIndex: 0,
        start: { toolUse: { toolUseId: 't1', name: 'answer' } },
      }),
    ]),
  piece: (text) => converse('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: text } } }),
  end: (reason) =>
    Buffer.concat([
      converse('contentBlockStop', { contentBlockIndex: 0 }),
      converse('messageStop', { stopReason: reason === 'stop' ? 'tool_use' : 'max_tokens' }),
      converse('metadata', {
        usage: { inputTokens: 1200, outputTokens: 300, totalTokens: 1500 },
        metrics: { latencyMs: 1 },
      }),
    ]),
}

async function answer(protocol: Protocol, reply: Reply, response: ServerResponse, own: Heard): Promise<void> {
  const write = (piece: string | Uint8Array): boolean => {
    own.sent += piece.length
    return response.write(piece)
  }
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(JSON.stringify(reply.body ?? {}))
    return
  }
  response.writeHead(200, { 'content-type': protocol.media })
  write(protocol.start())
  if ('flood' in reply) {
    response.setMaxListeners(0)
    const piece = protocol.piece('x'.repeat(16_384))
    for (let sent = 0; sent < reply.flood && !response.destroyed; sent += 16_384) {
      if (!write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve))
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
  const pause = 'pause' in reply ? reply.pause : undefined
  for (const part of pause ? [text.slice(0, pause.at), text.slice(pause.at)] : [text]) {
    for (let at = 0; at < part.length; at += 40) write(protocol.piece(part.slice(at, at + 40)))
    await pause?.until
  }
  if ('stallAfter' in reply) return
  if ('cutAfter' in reply) {
    // Once what was written is on its way, or nothing of it would arrive.
    response.write('', () => response.destroy())
    return
  }
  if ('exception' in reply) {
    const { type, message } = reply.exception
    response.end(
      frame(
        { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' },
        { message },
      ),
    )
    return
  }
  response.end(protocol.end('cutShort' in reply ? 'length' : 'stop'))
}

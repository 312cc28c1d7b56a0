import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { awaitEvent, next, restOn } from '../../engine/outcome.ts'
import { shortTemplate } from '../fields.ts'

/** How long an answer is asked for, in ms of the campaign’s clock (PRODUCT §4). */
const patienceMs = 24 * 3_600_000
/** Headers that are ours to write (TRUST S15). */
const ownHeaders = new Set([
  ...['host', 'content-length', 'transfer-encoding', 'connection', 'keep-alive', 'upgrade', 'te', 'trailer'],
  ...['proxy-authorization', 'proxy-connection', 'expect', 'idempotency-key'],
])

const output = z.object({
  ok: z.boolean().describe('Whether an answer came, with a status from 200 to 299.'),
  status: z.number().nullable().describe('The HTTP status; null without an answer.'),
  reason: z.string().nullable().describe('Why it is not ok; null when it is.'),
  body: z.unknown().describe('The answer, cut at 64 KB: as JSON where it is JSON, else its text.'),
})

export default defineNode({
  type: 'http-request',
  version: 1,
  kind: 'action',
  group: 'messaging',
  title: 'HTTP request',
  icon: 'world-upload',
  summary: 'Call a system of your own, and read its answer further down.',
  sentence: '{method} {url}',
  config: z.object({
    method: z
      .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      .default('POST')
      .meta({ title: 'Method', widget: 'select' }),
    url: shortTemplate(2_000)
      .trim()
      .min(1)
      .regex(/^https?:\/\/[^\s{]/i, { error: 'Write an address that starts with https:// and a host.' })
      .meta({
        title: 'Address',
        widget: 'liquid',
        template: 'short',
        placeholder: 'https://api.example.com/customers',
      }),
    headers: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, { error: 'This is no name of a header.' })
          .refine((name) => !ownHeaders.has(name.toLowerCase()), { error: 'This header is written by the program.' }),
        z
          .string()
          .max(4_000)
          .regex(/^[\t\x20-\x7e]*$/, { error: 'A header holds plain characters on one line.' }),
      )
      .default({})
      .meta({
        title: 'Headers',
        description: 'As JSON: {"authorization": "Bearer secret"}. Sent as they are written.',
        section: 'advanced',
      }),
    body: shortTemplate(20_000).optional().meta({
      title: 'Body',
      description: 'Without a content-type header it is sent as JSON; {{… | json}} puts a value in as JSON.',
      widget: 'code',
      template: 'short',
      placeholder: '{"email": {{customer.email | json}}}',
    }),
  }),
  output,
  when: [],
  listens: { event: 'message.answered' },
  reads: [],
  execute({ config, render, clock }) {
    const url = render(config.url)
    if (!URL.canParse(url)) {
      const text = `“${url.slice(0, 200)}” is not an address.`
      return next({ ok: false, status: null, reason: 'invalid_url', body: null }, [], { code: 'invalid_url', text })
    }
    const body = config.body === undefined || config.method === 'GET' ? null : render(config.body)
    const { method, headers } = config
    return awaitEvent(new Date(clock.getTime() + patienceMs), [{ do: 'request', method, url, headers, body }])
  },
  resume({ woke }) {
    if (woke.by === 'message') return restOn()
    if (woke.by === 'deadline') {
      return next({ ok: false, status: null, reason: 'no_answer', body: null }, [], {
        code: 'no_answer',
        text: 'There was no answer that counts for 24 hours.',
      })
    }
    const answer = output.parse(woke.event.properties)
    const { ok, status, reason } = answer
    const text = status === null ? `It could not be done: ${reason}.` : `The answer was ${status}.`
    return next(answer, [], { code: ok ? 'answered' : (reason ?? 'failed'), text, values: { status, reason } })
  },
  hears: ({ event, nodeId }) => event.nodeId === nodeId,
  docs: `Address and body are short templates; \`{{customer.id | url_encode}}\` puts a value into an address, \`{{customer.firstName | json}}\` into JSON. Each request carries \`Idempotency-Key\`, the same for every try of the step, by which your system can tell a repeat.

The customer waits here for the answer, of which at most 64 KB are kept. Any answer with a status below 500 other than 429 ends the wait; redirects are not followed. No answer within 10 seconds, 429 and 5xx are tried again, at growing distances, for 24 hours of the campaign’s clock; then the customer goes on with \`output.ok\` false and the reason \`no_answer\`. Where nobody can know whether a POST or PATCH arrived, it is not repeated: \`unknown\`.

Private addresses are refused (\`private_host\`) unless the operator lists host and port in \`ALLOW_PRIVATE_HOSTS\`. While the campaign is paused, or sending is stopped for the workspace, no request is begun; one that was not begun when the customer leaves this step is never made.`,
  initial: { method: 'POST', url: 'https://' },
  examples: [
    {
      method: 'POST',
      url: 'https://api.example.com/leads/{{customer.externalId | url_encode}}',
      headers: { authorization: 'Bearer secret' },
      body: '{"email": {{customer.email | json}}}',
    },
    { method: 'GET', url: 'https://api.example.com/plans' },
  ],
})

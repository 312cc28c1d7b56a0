import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { findByContact, getCustomer } from '../customers/queries.ts'
import { createCustomer, patchCustomer } from '../customers/save.ts'
import { customerInput } from '../customers/schema.ts'
import { Problem } from '../errors.ts'
import { parseInput, readJson } from '../http/input.ts'
import type { ServerPlugin } from '../http/route.ts'
import { type CalledTrigger, findCalled, noteRefused, receive } from './receive-sql.ts'
import { createRefusalLog, type RefusalLog } from './refusal-log.ts'
import { openSecret } from './secrets.ts'
import { headersFault, isSignedBy, type Signed } from './signature.ts'
import webhook, { readBody, type WebhookConfig } from './webhook.ts'

/** Largest body of a call, in bytes: it is kept as the run's `{{trigger.payload}}`. */
const maxBytes = 256 * 1024
/** What is read at most before the signature is looked at. */
const maxReadBytes = 4 * 1024 * 1024
/** Calls that one process has in hand at once; more are told to come again. */
const mostAtOnce = 200

/**
 * Calls of webhook triggers: `POST /hooks/<path>`, signed as Standard Webhooks. The path says which trigger, the signature is the only
 * authority, and it is looked at before anything else, whatever state the campaign is in (PRODUCT §3).
 */
export const hookPlugin: ServerPlugin = (server, app) => {
  const refusals = createRefusalLog(app)
  let inHand = 0
  server.addHook('onClose', () => refusals.flush())
  // The signature is over the bytes as they came, of whatever type they say they are.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: maxReadBytes }, (_request, body, done) => {
    done(null, body)
  })
  server.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store').header('x-robots-tag', 'noindex')
  })

  const called = new WeakMap<FastifyRequest, Call>()
  server.post<{ Params: { path: string } }>(
    '/hooks/:path',
    {
      async onRequest(request) {
        const headers = headersOf(request)
        const trigger = await findCalled(app.db, request.params.path, headers.id ?? '')
        if (!trigger) throw new Problem('not_found', 'There is no webhook at this address.')
        const call = { trigger, headers, refusals }
        const fault = headersFault(call.headers, trigger.now)
        if (fault) throw refused(call, new Problem('bad_signature', fault.detail), fault.reason)
        called.set(request, call)
      },
    },
    async (request, reply) => {
      const call = called.get(request)
      if (!call) throw new Error('A call was not looked at.')
      if (inHand >= mostAtOnce) {
        throw new Problem('rate_limited', 'Too many calls at once; send this one again in a second.', {
          extra: { retryAfterSeconds: 1 },
        })
      }
      inHand += 1
      try {
        return await answer(app, call, request.body instanceof Buffer ? request.body : Buffer.alloc(0), reply)
      } finally {
        inHand -= 1
      }
    },
  )
}

interface Call {
  trigger: CalledTrigger
  headers: Partial<Signed>
  refusals: RefusalLog
}

function headersOf(request: FastifyRequest): Partial<Signed> {
  const one = (name: string) => {
    const value = request.headers[`webhook-${name}`]
    return typeof value === 'string' ? value.trim() : undefined
  }
  return Object.fromEntries(
    (['id', 'timestamp', 'signature'] as const).flatMap((name) => {
      const value = one(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Notes a refusal and answers the problem to throw. */
function refused({ trigger, headers, refusals }: Call, problem: Problem, reason: string): Problem {
  refusals.note(trigger.id, { reason, detail: problem.message, webhookId: headers.id ?? null })
  return problem
}

/** @throws Problem: what a refused call is answered with; it may be sent again under the same id */
async function answer(app: App, call: Call, body: Buffer, reply: FastifyReply): Promise<FastifyReply> {
  const { trigger } = call
  const headers = call.headers as Signed
  const secrets = [trigger.secret, trigger.previousSecret].flatMap((sealed) =>
    sealed === null ? [] : [openSecret(app.keys, trigger, sealed)],
  )
  if (!isSignedBy(secrets, headers, body)) {
    const detail =
      'webhook-signature does not fit: sign “id.timestamp.body”, the bytes as they are sent, with this webhook’s secret.'
    throw refused(call, new Problem('bad_signature', detail), 'wrong_signature')
  }
  if (body.length > maxBytes) {
    const detail = `The body may take ${maxBytes} bytes; this one takes ${body.length}.`
    throw refused(call, new Problem('too_large', detail), 'too_large')
  }
  if (trigger.repeatOf !== null) return reply.code(200).send({ firingId: trigger.repeatOf })
  if (!trigger.enabled) throw refused(call, inactive('The trigger is switched off.', trigger.status), 'switched_off')
  if (trigger.status !== 'active') throw await notActive(app, call, trigger.status)
  const config = webhook.config.parse(trigger.config)
  const { payload, key, fields } = read(call, config, body)
  const customerId = await customerOf(app, call, config, key, fields)
  const received = await receive(app.db, trigger, { webhookId: headers.id, customerId, payload })
  if ('status' in received) throw await notActive(app, call, received.status)
  return reply.code(received.repeated ? 200 : 202).send({ firingId: received.firingId })
}

const inactive = (detail: string, state: string): Problem =>
  new Problem('wrong_state', detail, { extra: { state, allowed: ['active'] } })

async function notActive(app: App, call: Call, status: string): Promise<Problem> {
  await noteRefused(app.db, { ...call.trigger, status })
  return refused(
    call,
    inactive(`The campaign is ${status} and enrolls nobody; only an active one does.`, status),
    'not_active',
  )
}

function read(call: Call, config: WebhookConfig, body: Buffer) {
  let payload: unknown
  try {
    // Also what no column could hold: NUL, halves of surrogate pairs, nesting without end.
    payload = parseInput(anything, readJson(body) ?? null, 'body')
  } catch (error) {
    throw error instanceof Problem ? refused(call, error, 'malformed') : error
  }
  const found = readBody(config, payload)
  if (!('fault' in found)) return { payload, ...found }
  throw refused(call, new Problem('invalid', found.fault.message, { errors: [found.fault] }), 'no_customer')
}

const anything = z.unknown()

/** The customer that a call names, made or changed as the trigger is told to. @throws Problem `invalid` when there is none */
async function customerOf(
  app: App,
  call: Call,
  { matchBy, createIfUnknown }: WebhookConfig,
  key: string,
  fields: Record<string, unknown>,
): Promise<string> {
  const { workspaceId, id: triggerId } = call.trigger
  const context = { workspaceId, actor: { text: `trigger:${triggerId}` } }
  const known = await findCustomer(app, workspaceId, matchBy, key)
  if (known === undefined && !createIfUnknown) {
    const message = `There is no customer with this ${matchBy === 'externalId' ? 'external id' : matchBy}.`
    const errors = [{ path: 'customer', code: 'no_customer', message }]
    throw refused(call, new Problem('invalid', message, { errors }), 'no_customer')
  }
  try {
    if (known === undefined) {
      const input = parseInput(customerInput, { ...fields, [matchBy]: key }, 'body')
      return (await createCustomer(app.db, context, input)).id
    }
    if (Object.keys(fields).length > 0) {
      await patchCustomer(app.db, context, known, parseInput(customerInput, fields, 'body'), () => {})
    }
    return known
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    // Another call made the same customer a moment ago.
    const made = error.code === 'already_exists' ? await findCustomer(app, workspaceId, matchBy, key) : undefined
    if (known === undefined && made !== undefined) return made
    throw refused(call, new Problem('invalid', error.message, { errors: error.errors, cause: error }), 'invalid')
  }
}

/** Whom a key names; archived customers are nobody. */
async function findCustomer(
  { db }: App,
  workspaceId: number,
  matchBy: WebhookConfig['matchBy'],
  key: string,
): Promise<string | undefined> {
  if (matchBy === 'id') {
    const found = await getCustomer(db, workspaceId, key)
    return found && found.archivedAt === null ? found.id : undefined
  }
  const [found] = await findByContact(db, workspaceId, { email: null, externalId: null, [matchBy]: key })
  return found?.id
}

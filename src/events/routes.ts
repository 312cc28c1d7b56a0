import { z } from 'zod'
import type { Fault } from '../customers/fields.ts'
import { invalidField, Problem } from '../errors.ts'
import { parseInput } from '../http/input.ts'
import { instant, route } from '../http/route.ts'
import { listNames } from './names-sql.ts'
import { recordIncoming } from './queries.ts'
import {
  builtInEvents,
  type IncomingEvent,
  idDays,
  maxBatch,
  maxIdLength,
  nameFault,
  propertiesFault,
} from './rules.ts'

/** Largest body of a batch, in bytes. */
const maxBatchBytes = 8 * 1024 * 1024

/** Says a Fault of the pure rules in zod's words. */
const check =
  <Value>(faultOf: (value: Value) => Fault | null) =>
  (context: z.core.ParsePayload<Value>): void => {
    const fault = faultOf(context.value)
    if (fault === null) return
    const { code, message } = fault
    context.issues.push({ code: 'custom', input: context.value, message, params: { code } })
  }

/** PostgreSQL's calendar is wider, but nothing of a customer happened before there were computers to say so. */
const sinceEpoch = (at: Date) =>
  at.getTime() >= 0 ? null : { code: 'invalid_date', message: 'An event cannot lie before 1970.' }

const customerRef = z
  .strictObject({
    id: z.uuid().optional(),
    email: z.string().trim().min(1).max(500).optional(),
    externalId: z.string().trim().min(1).max(500).optional(),
  })
  .refine((ref) => Object.values(ref).filter((value) => value !== undefined).length === 1, {
    message: 'Say who it is by one of id, email and externalId.',
    params: { code: 'ambiguous' },
  })
  .meta({ description: 'One of the three.' })

/** An event as others send it (API.md). */
const eventInput = z.strictObject({
  name: z.string().check(check(nameFault)).meta({
    description: 'As in deal.won; the program’s own names (message.*, run.*, campaign.*, score.*, …) are refused.',
  }),
  customer: customerRef,
  properties: z
    .record(z.string(), z.unknown())
    .check(check(propertiesFault))
    .optional()
    .meta({ description: 'At most 32 KB of JSON, 8 levels deep.' }),
  occurredAt: instant.check(check(sinceEpoch)).optional().meta({
    description: 'When it happened, for segments; now without it. What waits for an event goes by its arrival.',
  }),
  id: z
    .string()
    .min(1)
    .max(maxIdLength)
    .optional()
    .meta({ description: `The same id again within ${idDays} days is taken for a repeat and not recorded twice.` }),
})

const incoming = ({ name, customer, properties, occurredAt, id }: z.output<typeof eventInput>): IncomingEvent => ({
  name,
  customer: customer as IncomingEvent['customer'],
  properties: properties ?? {},
  occurredAt: occurredAt ?? null,
  id: id ?? null,
})

const unknownCustomer = 'There is no such customer in this workspace; create them first.'
const inFuture = 'The event is said to happen more than 5 minutes from now; check the clock and zone of what sends it.'

const rejection = z.object({
  index: z.int().meta({ description: 'Its place in `events`, from 0.' }),
  code: z.string(),
  message: z.string(),
})

export const eventRoutes = [
  route(
    {
      method: 'GET',
      path: '/events/names',
      id: 'listEventNames',
      summary: 'Names of events seen so far and those of the program’s own, with the names of their properties',
      access: 'customers.read',
      response: z.object({
        items: z.array(z.object({ name: z.string(), properties: z.array(z.string()), builtIn: z.boolean() })),
        nextCursor: z.null(),
      }),
    },
    async ({ app, workspaceId }) => ({
      items: [
        ...(await listNames(app.db, workspaceId)).map((kind) => ({ ...kind, builtIn: false })),
        ...builtInEvents.map(({ name, properties }) => ({ name, properties: [...properties], builtIn: true })),
      ],
      nextCursor: null,
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/events',
      id: 'recordEvent',
      summary:
        'Tells what happened to a customer: what waits for it, listens for it or is triggered by it hears it. 200 for an `id` seen before',
      access: 'customers.write',
      body: eventInput,
      response: z.object({
        repeated: z.boolean().meta({ description: 'Its id was seen before, so nothing was recorded.' }),
      }),
      status: 202,
    },
    async ({ app, workspaceId, body, status }) => {
      const [fate] = await recordIncoming(app.db, workspaceId, [incoming(body)])
      if (fate === 'unknown_customer') throw invalidField('customer', fate, unknownCustomer)
      if (fate === 'in_future') throw invalidField('occurredAt', fate, inFuture)
      if (fate === 'repeated') status(200)
      else await app.wake()
      return { repeated: fate === 'repeated' }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/events/batch',
      id: 'recordEvents',
      summary: `Up to ${maxBatch} events in one call, each taken or refused by itself`,
      access: 'customers.write',
      body: z.strictObject({
        events: z
          .array(z.unknown())
          .min(1)
          .max(maxBatch, `At most ${maxBatch} events in one call.`)
          .meta({ description: 'Each as the body of POST /events.' }),
      }),
      response: z.object({
        accepted: z.int().meta({ description: 'How many were taken, repeats among them.' }),
        repeated: z.int().meta({ description: 'How many of those had an id that was seen before.' }),
        rejected: z.array(rejection),
      }),
      bodyLimit: maxBatchBytes,
      status: 202,
    },
    async ({ app, workspaceId, body }) => {
      const rejected: z.output<typeof rejection>[] = []
      const taken: { index: number; event: IncomingEvent }[] = []
      body.events.forEach((given, index) => {
        try {
          taken.push({ index, event: incoming(parseInput(eventInput, given, 'body')) })
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          rejected.push({ index, code: error.errors[0]?.code ?? error.code, message: error.message })
        }
      })
      const fates =
        taken.length === 0
          ? []
          : await recordIncoming(
              app.db,
              workspaceId,
              taken.map(({ event }) => event),
            )
      const repeated = fates.filter((fate) => fate === 'repeated').length
      fates.forEach((fate, position) => {
        const index = taken[position]?.index ?? 0
        if (fate === 'unknown_customer') rejected.push({ index, code: fate, message: unknownCustomer })
        if (fate === 'in_future') rejected.push({ index, code: fate, message: inFuture })
      })
      rejected.sort((a, b) => a.index - b.index)
      const accepted = body.events.length - rejected.length
      if (accepted > repeated) await app.wake()
      return { accepted, repeated, rejected }
    },
  ),
] as const

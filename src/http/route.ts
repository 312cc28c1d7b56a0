import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import type { ProblemCode } from '../errors.ts'
import type { Action, Role } from './access.ts'

/** Who acts: a person in the browser or an API key. `text` is what history tables keep (`member:<id>`, `key:<id>`). */
export interface Actor {
  text: string
  name: string
  role: Role
  memberId: string | null
  accountId: string | null
}

/** What a handler is given; everything in it was parsed and authorised. */
export interface Context<Params, Query, Body> {
  app: App
  params: Params
  query: Query
  body: Body
  /** The caller's workspace: every query filters by it. 0 on public routes. */
  workspaceId: number
  actor: Actor
  /** The version a caller wrote in `If-Match`; compare with requireVersion(). */
  ifMatch: number | null
  ip: string
  requestId: string
  /** Scheme and host of this server for links: PUBLIC_URL, else what the caller used. No trailing slash. */
  origin: string
  /** The raw request, for routes with `body: 'stream'` and server-sent events only. */
  raw: IncomingMessage
  /** Aborted when the caller is gone or the server stops: an endless answer ends then. */
  signal: AbortSignal
  headers: Record<string, string | string[] | undefined>
  /** Sets a response header. */
  header(name: string, value: string): void
  /** Overrides the contract's status (200 for a repeat, …). */
  status(code: number): void
}

/** A route's contract: validation, authorisation, OpenAPI entry and the web client's types come from it. */
export interface Contract<
  Method extends string,
  Path extends string,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
> {
  method: Method
  /** Below /api/v1, e.g. `/campaigns/:id`. */
  path: Path
  /** OpenAPI operationId, unique. */
  id: string
  summary: string
  /** `public`: no session needed; `signed-in`: any role; else an action of access.ts. */
  access: 'public' | 'signed-in' | Action
  params?: Params
  query?: Query
  /** A schema, or `'stream'`: the handler reads `raw` itself. */
  body?: Body | 'stream'
  response: Response
  /** 200 unless said. */
  status?: 200 | 201 | 202 | 204
  /** Honours `Idempotency-Key` (POSTs that create). */
  idempotent?: boolean
  /** Largest body in bytes; 1 MiB unless said. */
  bodyLimit?: number
  /** Problem codes beyond those that every route may answer. */
  errors?: ProblemCode[]
  /**
   * Answers this media type instead of JSON. The handler returns a string, bytes or an async iterable of them (CSV, HTML); for
   * `text/event-stream` an async iterable of ServerEvent (stream.ts). `response` is then z.custom and is not encoded.
   */
  media?: string
}

export interface Route<
  Method extends string = string,
  Path extends string = string,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> extends Contract<Method, Path, Params, Query, Body, Response> {
  handler(context: Context<never, never, never>): Promise<unknown>
}

/** States one route: its contract and the function that serves it. The handler returns the response schema's output (Dates for `instant`). */
export function route<
  const Method extends 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  const Path extends string,
  Response extends z.ZodType,
  Params extends z.ZodType = z.ZodType<Record<string, never>>,
  Query extends z.ZodType = z.ZodType<Record<string, never>>,
  Body extends z.ZodType = z.ZodType<undefined>,
>(
  contract: Contract<Method, Path, Params, Query, Body, Response>,
  handler: (context: Context<z.output<Params>, z.output<Query>, z.output<Body>>) => Promise<z.output<Response>>,
): Route<Method, Path, Params, Query, Body, Response> {
  return { ...contract, handler }
}

/** Routes outside /api/v1 (tracking links, hooks), in a Fastify scope of their own; thrown Problems become problem documents there too. */
export type ServerPlugin = (server: FastifyInstance, app: App) => void | Promise<void>

/** An instant: a `Date` inside, ISO 8601 in JSON. */
export const instant = z.codec(z.iso.datetime({ offset: true }), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
})

/** The path parameter of a thing with a uuid; anything else answers 404. */
export const idParams = z.object({ id: z.uuid() })
/** The path parameter of runs, messages and other counted rows. */
export const numberParams = z.object({ id: z.coerce.number().int().positive() })

/** Query of every list: `limit` (≤ 200) and the `cursor` of the page before. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(4_000).optional(),
})

/** The body of every list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() })

/** 204. */
export const nothing = z.undefined()

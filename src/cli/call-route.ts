import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { z } from 'zod'
import type { App } from '../app.ts'
import { parseInput } from '../http/input.ts'
import type { Actor, Context, Route } from '../http/route.ts'

/** Who acts, for history and the audit log: whoever may run commands has the data directory, so every right. */
const actor: Actor = { text: 'cli', name: 'the command line', role: 'owner', memberId: null, accountId: null }

/** What a route is asked with. */
export interface Asked {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
}

/**
 * Asks a route of the API as the command line: with the same checks, rules and audit entries, and without a server. Answers its JSON.
 * @throws Problem as the route does
 */
export async function callRoute<const Answered extends Route>(
  app: App,
  workspaceId: number,
  route: Answered,
  { params = {}, query = {}, body }: Asked = {},
): Promise<z.input<Answered['response']>> {
  const context: Context<unknown, unknown, unknown> = {
    app,
    params: route.params ? parseInput(route.params, params, 'query') : {},
    query: route.query ? parseInput(route.query, query, 'query') : {},
    body: route.body && route.body !== 'stream' ? parseInput(route.body, body, 'body') : undefined,
    workspaceId,
    actor,
    ifMatch: null,
    ip: '',
    requestId: '',
    origin: app.env.publicUrl ?? `http://localhost:${app.env.port}`,
    raw: new IncomingMessage(new Socket()),
    signal: new AbortController().signal,
    headers: {},
    header: () => {},
    status: () => {},
  }
  const result = await route.handler(context as Context<never, never, never>)
  return z.encode(route.response, result) as z.input<Answered['response']>
}

import type { App } from '../../app.ts'
import { createServer } from '../../http/server.ts'
import { plugins, routes } from '../../router.ts'

/** Calls the API inside this process, as a user would from outside: nothing of the demo has a way of its own. */
export interface DemoClient {
  /** Answers with the body; a text is sent as CSV. @throws Error naming the route and the problem */
  call<Answer extends object = { id: string; version: number }>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<Answer>
  /** Every item of a list, page by page. */
  all<Item extends object>(path: string): Promise<Item[]>
  close(): Promise<void>
}

/** A client that acts with `key` in its workspace. */
export async function demoClient(app: App, key: string): Promise<DemoClient> {
  const server = await createServer({ app, routes, plugins, webDir: import.meta.dirname })
  const call: DemoClient['call'] = async <Answer extends object>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
  ) => {
    const csv = typeof body === 'string'
    const answer = await server.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': csv ? 'text/csv' : 'application/json' }),
      },
      ...(body !== undefined && { payload: csv ? body : JSON.stringify(body) }),
    })
    if (answer.statusCode >= 400) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${answer.body}`)
    return (answer.body === '' ? {} : answer.json()) as Answer
  }
  return {
    call,
    async all<Item extends object>(path: string) {
      const items: Item[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const join = path.includes('?') ? '&' : '?'
        const page: { items: Item[]; nextCursor: string | null } = await call(
          'GET',
          `${path}${join}limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
        )
        items.push(...page.items)
        cursor = page.nextCursor
      }
      return items
    },
    close: () => server.close(),
  }
}

/** The API inside this process, as a caller from outside would see it. */
export interface Served {
  inject(request: {
    method: 'GET' | 'POST' | 'PUT' | 'PATCH'
    url: string
    headers: Record<string, string>
    payload?: string
  }): Promise<{ statusCode: number; body: string }>
  close(): Promise<unknown>
}

/** Calls the API as a user would: nothing of the demo has a way of its own. */
export interface DemoClient {
  /** Answers with the body; a text is sent as CSV. @throws Error naming the route and the problem */
  call<Answer extends object = { id: string; version: number }>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
  ): Promise<Answer>
  /** Every item of a list, page by page. */
  all<Item extends object>(path: string): Promise<Item[]>
}

/** A client that acts with `key` in its workspace. */
export function demoClient(served: Served, key: string): DemoClient {
  const call: DemoClient['call'] = async <Answer extends object>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
  ) => {
    const csv = typeof body === 'string'
    const answer = await served.inject({
      method,
      url: `/api/v1${path}`,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': csv ? 'text/csv' : 'application/json' }),
      },
      ...(body !== undefined && { payload: csv ? body : JSON.stringify(body) }),
    })
    if (answer.statusCode >= 400) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${answer.body}`)
    return (answer.body === '' ? {} : JSON.parse(answer.body)) as Answer
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
  }
}

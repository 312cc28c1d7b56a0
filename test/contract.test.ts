import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { problems } from '../src/errors.ts'
import { allows, leastRole } from '../src/http/access.ts'
import type { Route } from '../src/http/route.ts'
import { routes } from '../src/router.ts'
import { startTestApp, type TestAnswer, type TestApp, type TestRequest } from './app.ts'
import { accepts, fieldsOf, sampleOf } from './sample.ts'

/**
 * What API.md promises of every route, asked of every route in src/router.ts: a new one is held to it without another line here. A
 * route whose rules go beyond JSON Schema states a body that it accepts in `samples`.
 */
const all: readonly Route[] = routes
const nameOf = (route: Route): string => `${route.method} ${route.path}`

/** Bodies for routes whose smallest JSON Schema sample is refused by a further rule. */
const samples: Record<string, () => unknown> = {
  'PATCH /me': () => ({ name: 'Somebody' }),
  'POST /customers': () => ({ email: `${randomUUID()}@example.com` }),
  'POST /suppressions': () => ({ email: `${randomUUID()}@example.com` }),
  'POST /credentials': () => ({
    type: 'smtp',
    name: `Relay ${randomUUID()}`,
    host: '8.8.8.8',
    port: 587,
    encryption: 'starttls',
    senderName: 'Team',
    senderEmail: 'team@example.org',
  }),
  'POST /credentials/test': () => ({ type: 'linkedin', name: 'Ann', memberId: test.owner.memberId }),
  'POST /credentials/check-domain': () => ({ senderEmail: 'team@example.org', host: 'smtp.example.org' }),
  'POST /suppressions/batch': () => ({ emails: [`${randomUUID()}@example.com`] }),
  'POST /campaigns/:id/workflow/generate': () => ({ prompt: 'Tag them as new, then exit' }),
  'POST /webhooks': () => ({ url: `http://${deaf}/`, events: ['run.finished'] }),
  'POST /ai/providers': () => ({
    kind: 'openai-compatible',
    name: `Model ${randomUUID()}`,
    model: 'm',
    baseUrl: 'https://127.0.0.1.invalid/v1',
  }),
  'POST /events': () => ({ name: 'deal.won', customer: { externalId: 'known' } }),
  'POST /campaigns/:id/enroll': () => ({ customerIds: [randomUUID()] }),
  'POST /customers/bulk': () => ({ customerIds: [randomUUID()], action: 'archive' }),
  'POST /jobs': () => ({ kind: 'export', what: 'customers' }),
  'POST /customers/:id/scores': () => ({ criterionId: randomUUID(), delta: 0.5 }),
  'POST /segments/preview': () => ({ rules: { all: [{ field: 'country', op: 'equals', value: 'VN' }] } }),
  'POST /segments/:id/customers': () => ({ customerIds: [randomUUID()] }),
  'POST /triggers/preview': () => ({ cron: '0 9 * * 1-5', timezone: 'Europe/Berlin' }),
  'POST /auth/invitation': () => ({ token: 'x'.repeat(43) }),
  'POST /auth/reset/check': () => ({ token: 'x'.repeat(43) }),
  'POST /auth/reset': () => ({ token: 'x'.repeat(43), password: 'quite a long one' }),
  'POST /auth/accept-invite': () => ({ token: 'x'.repeat(43), password: 'quite a long one' }),
}

/** Where nobody listens: what is called there fails at once. */
const deaf = '127.0.0.1:9'

let test: TestApp
/** The id of something in the owner's workspace and in somebody else's, by the first segment of its path. */
const own: Record<string, string> = {}
const foreign: Record<string, string> = {}
/** Routes that make something of a name alone (`POST /customers`), and the answer where they did not. */
const notMade: string[] = []

beforeAll(async () => {
  test = await startTestApp({ env: { ALLOW_PRIVATE_HOSTS: deaf } })
  own.members = test.owner.memberId
  foreign.members = test.otherWorkspace.memberId
  for (const key of [test.adminKey, test.otherWorkspace.adminKey]) {
    await test.request('POST', '/customers', { body: { externalId: 'known' }, key })
  }
  for (const route of all) {
    const noun = /^\/([\w-]+)$/.exec(route.path)?.[1]
    if (route.method !== 'POST' || noun === undefined || typeof route.body === 'string' || !route.body) continue
    for (const [key, ids] of [
      [test.adminKey, own],
      [test.otherWorkspace.adminKey, foreign],
    ] as const) {
      const { status, body } = await test.request('POST', route.path, { body: bodyFor(route), key })
      if (status < 300 && body && typeof body === 'object' && 'id' in body) ids[noun] = String(body.id)
      else if (status >= 300) notMade.push(`${nameOf(route)}: ${JSON.stringify(body)}`)
    }
  }
})
afterAll(async () => await test.close())

/** What the fields of bodies refer to, where the name does not say it. */
const nouns: Record<string, string> = {
  owner: 'members',
  assignee: 'members',
  user: 'members',
  into: 'customers',
  claimedBy: 'members',
}

/** The noun that a field holds an id of (`segmentId`, `customerIds`), if we have one of somebody else's. */
function nounOf(field: string): string | undefined {
  const word = field.replace(/Ids?$/, '')
  return (
    nouns[word] ??
    Object.keys(foreign).find((noun) => word !== field && noun.replace(/ies$/, 'y').replace(/s$/, '') === word)
  )
}

function bodyFor(route: Route): unknown {
  const make = samples[nameOf(route)]
  if (make) return make()
  return typeof route.body === 'object' ? sampleOf(route.body) : undefined
}

/** The route's path with ids in it: of `ids` by noun, else made-up ones. */
function pathFor(route: Route, ids: Record<string, string> = {}): string {
  const noun = route.path.split('/')[1] ?? ''
  return route.path.replaceAll(/:(\w+)/g, (_all, name: string) => {
    const known = name === 'id' ? ids[noun] : undefined
    if (known !== undefined) return known
    return route.params && accepts(route.params, { ...uuids(route), [name]: '1' }) ? '2000000000' : randomUUID()
  })
}

/** What the route asks for in its query and has no default for. */
function queryFor(route: Route): string {
  const query = route.query ? (sampleOf(route.query) as Record<string, string>) : {}
  const names = Object.keys(query)
  return names.length > 0 ? `?${new URLSearchParams(query)}` : ''
}

const uuids = (route: Route): Record<string, string> =>
  Object.fromEntries([...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, randomUUID()]))

/** Whether its path leads to something that beforeAll made. */
const isReachable = (route: Route): boolean =>
  !route.path.includes(':') ||
  (own[route.path.split('/')[1] ?? ''] !== undefined && route.path.indexOf(':') === route.path.lastIndexOf(':'))

/** A key with which the route lets a request through to its body. */
const keyFor = (route: Route): string | null => (route.access === 'public' ? null : test.ownerKey)

const hasJsonBody = (route: Route): boolean => route.body !== 'stream' && route.method !== 'GET'

/** Every fault of an answer that should be the problem `code` (or one of several). */
function faults(answer: TestAnswer, ...codes: (keyof typeof problems)[]): string[] {
  const { status, headers, body } = answer
  const found: string[] = []
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json')
  if (!isProblem)
    found.push(
      `no problem document but ${status} ${headers.get('content-type')} ${JSON.stringify(body)?.slice(0, 200)}`,
    )
  else if (!codes.includes(body.code)) found.push(`${body.code} (${body.detail}) instead of ${codes.join(' or ')}`)
  else {
    const { status: expected, title } = problems[body.code as keyof typeof problems]
    if (status !== expected || body.status !== expected) found.push(`status ${status}, said ${body.status}`)
    if (body.title !== title || typeof body.detail !== 'string' || body.detail === '') found.push('title or detail')
    if (body.type !== `urn:throughline:problem:${body.code}`) found.push(`type ${body.type}`)
    if (body.code === 'invalid' && !(body.errors?.length > 0)) found.push('no errors[]')
  }
  return found
}

/** Asks every route that `applies` and lists what is wrong, one line a route, so that a failure names all of them. */
async function ask(
  applies: (route: Route) => boolean,
  request: (route: Route) => TestRequest & { path?: string },
  judge: (answer: TestAnswer, route: Route) => string[],
): Promise<string[]> {
  const wrong: string[] = []
  const asked = all.filter(applies)
  for (const route of asked) {
    const { path = pathFor(route), ...options } = request(route)
    const answer = await test.request(route.method, path, options)
    wrong.push(...judge(answer, route).map((fault) => `${nameOf(route)}: ${fault}`))
  }
  return wrong
}

const json = { 'content-type': 'application/json' }

describe('every route', () => {
  it('has an operation id and a path of its own', () => {
    expect(new Set(all.map((route) => route.id)).size).toBe(all.length)
    expect(new Set(all.map(nameOf)).size).toBe(all.length)
  })

  it('has a body that the other tests here can send', () => {
    const without = all.filter((route) => typeof route.body === 'object' && !accepts(route.body, bodyFor(route)))
    expect(without.map((route) => `${nameOf(route)}: add a body to “samples”`)).toEqual([])
    expect(notMade).toEqual([])
  })

  it('names a role in the table, or is public or for all who are signed in', () => {
    const wrong = all.filter(({ access }) => access !== 'public' && access !== 'signed-in' && !(access in leastRole))
    expect(wrong.map(nameOf)).toEqual([])
  })

  it('honours Idempotency-Key when it creates something', () => {
    const wrong = all.filter(
      (route) => route.method === 'POST' && route.status === 201 && route.access !== 'public' && !route.idempotent,
    )
    expect(wrong.map(nameOf)).toEqual([])
  })

  it('answers 401 without a session or key, and with a made-up key', async () => {
    const isClosed = (route: Route) => route.access !== 'public'
    const without = await ask(
      isClosed,
      () => ({ key: null }),
      (answer) => faults(answer, 'unauthorized'),
    )
    const madeUp = `tl_abcdefghijkl_${'x'.repeat(43)}`
    const unknown = await ask(
      isClosed,
      () => ({ key: madeUp }),
      (answer) => faults(answer, 'unauthorized'),
    )
    expect([...without, ...unknown]).toEqual([])
  })

  it('answers 403 to a role below the one in the table, and to no other', async () => {
    const refused: string[] = []
    for (const [role, key] of [
      ['member', test.memberKey],
      ['admin', test.adminKey],
    ] as const) {
      refused.push(
        ...(await ask(
          ({ access, method, path }) =>
            access !== 'public' &&
            access !== 'signed-in' &&
            (!allows(role, access) || (method === 'GET' && !path.includes('stream'))),
          () => ({ key }),
          (answer, { access }) =>
            allows(role, access as keyof typeof leastRole)
              ? answer.status === 403
                ? [`403 for ${role}`]
                : []
              : faults(answer, 'forbidden'),
        )),
      )
    }
    expect(refused).toEqual([])
  })

  it('answers 400 to broken JSON, to bytes that are no UTF-8 and to a body nested a thousand deep', async () => {
    const bodies = ['{"a":', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), `{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`]
    for (const body of bodies) {
      const wrong = await ask(
        hasJsonBody,
        (route) => ({ body, key: keyFor(route), headers: json }),
        (answer) => faults(answer, 'malformed'),
      )
      expect(wrong).toEqual([])
    }
  })

  it('answers 415 to a body that is not JSON', async () => {
    const wrong = await ask(
      hasJsonBody,
      (route) => ({
        body: 'a=1',
        key: keyFor(route),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
      (answer) => faults(answer, 'unsupported_media_type'),
    )
    expect(wrong).toEqual([])
  })

  it('answers 413 to a body of 10 MB', async () => {
    const body = JSON.stringify({ name: 'x'.repeat(10 * 1024 * 1024) })
    const wrong = await ask(
      hasJsonBody,
      (route) => ({ body, key: keyFor(route), headers: json }),
      (answer) => faults(answer, 'too_large'),
    )
    expect(wrong).toEqual([])
  })

  it('answers 422 to a field that it does not know, and names it', async () => {
    const wrong = await ask(
      hasJsonBody,
      (route) => ({ body: { ...(bodyFor(route) as object), zzUnknown: 1 }, key: keyFor(route) }),
      (answer) => [
        ...faults(answer, 'invalid'),
        ...(answer.body.errors?.some(
          (error: { path: string; code: string }) => error.path === 'zzUnknown' && error.code === 'unknown_field',
        )
          ? []
          : [`errors[] do not name it: ${JSON.stringify(answer.body.errors)}`]),
      ],
    )
    expect(wrong).toEqual([])
  })

  it('answers 422 to a query parameter that it does not know', async () => {
    const wrong = await ask(
      () => true,
      (route) => ({
        path: `${pathFor(route)}?zzUnknown=1`,
        body: hasJsonBody(route) ? bodyFor(route) : undefined,
        key: keyFor(route),
      }),
      (answer) => faults(answer, 'invalid'),
    )
    expect(wrong).toEqual([])
  })

  it('answers 422 to a body of the wrong type', async () => {
    for (const body of [[], 'text', 7, true]) {
      const wrong = await ask(
        hasJsonBody,
        (route) => ({ body: JSON.stringify(body), key: keyFor(route), headers: json }),
        (answer) => faults(answer, 'invalid'),
      )
      expect(wrong).toEqual([])
    }
  })

  it('answers 422 to each field of the wrong type, and to text with a NUL or half a surrogate pair', async () => {
    const wrong: string[] = []
    for (const route of all.filter(hasJsonBody)) {
      if (typeof route.body !== 'object') continue
      for (const name of Object.keys(fieldsOf(route.body))) {
        for (const value of [{ zz: { zz: [] } }, [[[1]]], -1.5, 'a\u0000b', '\ud800']) {
          const body = { ...(bodyFor(route) as object), [name]: value }
          if (accepts(route.body, body) && typeof value !== 'string') continue
          const answer = await test.request(route.method, pathFor(route), { body, key: keyFor(route) })
          wrong.push(
            ...faults(answer, 'invalid').map((fault) => `${nameOf(route)} ${name}=${JSON.stringify(value)}: ${fault}`),
          )
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it('answers 400 to an If-Match that is no version', async () => {
    const wrong = await ask(
      (route) => route.method === 'PATCH' || route.method === 'PUT',
      (route) => ({ body: bodyFor(route), key: keyFor(route), headers: { 'if-match': 'yesterday' } }),
      (answer) => faults(answer, 'malformed'),
    )
    expect(wrong).toEqual([])
  })

  it('answers 404 to an id that is no id, that nobody has, and that somebody else has', async () => {
    const hasId = (route: Route) => route.path.includes(':')
    const wrong: string[] = []
    for (const [what, ids] of [
      ['no id', null],
      ['made up', {}],
      ['foreign', foreign],
    ] as const) {
      const found = await ask(
        hasId,
        (route) => ({
          path: (ids === null ? route.path.replaceAll(/:\w+/g, 'no-such-id') : pathFor(route, ids)) + queryFor(route),
          body: hasJsonBody(route) ? bodyFor(route) : undefined,
          key: keyFor(route),
        }),
        (answer) => faults(answer, 'not_found'),
      )
      wrong.push(...found.map((line) => `${what}: ${line}`))
    }
    expect(wrong).toEqual([])
  })

  it('takes no id of another workspace in a body', async () => {
    const wrong: string[] = []
    for (const route of all.filter(hasJsonBody)) {
      if (typeof route.body !== 'object' || route.access === 'public') continue
      for (const name of Object.keys(fieldsOf(route.body))) {
        const noun = nounOf(name)
        if (noun === undefined) continue
        const value = name.endsWith('Ids') ? [foreign[noun]] : foreign[noun]
        const body = { ...(bodyFor(route) as object), [name]: value }
        if (!accepts(route.body, body)) continue
        const { status } = await test.request(route.method, pathFor(route, own), { body, key: keyFor(route) })
        // Some states are judged first; nothing was done then, either.
        if (status !== 404 && status !== 422 && status !== 409) wrong.push(`${nameOf(route)} ${name}: ${status}`)
      }
    }
    expect(wrong).toEqual([])
  })

  it('answers 412 to a stale version, and says the current one', async () => {
    const wrong = await ask(
      (route) =>
        (route.method === 'PATCH' || route.method === 'PUT') &&
        'version' in fieldsOf(route.response) &&
        isReachable(route),
      (route) => ({
        path: pathFor(route, own),
        body: bodyFor(route),
        key: keyFor(route),
        headers: { 'if-match': '"999999"' },
      }),
      (answer) => [
        ...faults(answer, 'stale_version'),
        ...(typeof answer.body.version === 'number' ? [] : ['no version']),
      ],
    )
    expect(wrong).toEqual([])
  })

  it('answers {items, nextCursor} when it is a list, refuses a limit over 200 and a cursor of its caller’s making', async () => {
    const isList = (route: Route) =>
      route.method === 'GET' && route.query !== undefined && 'cursor' in fieldsOf(route.query)
    const open = (route: Route) => isList(route) && isReachable(route)
    const key = () => ({ key: test.ownerKey })
    const wrong = [
      ...(await ask(
        open,
        (route) => ({ path: `${pathFor(route, own)}?limit=1`, ...key() }),
        ({ status, body }) =>
          status === 200 && Array.isArray(body.items) && 'nextCursor' in body ? [] : [`${status}`],
      )),
      ...(await ask(
        open,
        (route) => ({ path: `${pathFor(route, own)}?limit=201`, ...key() }),
        (answer) => faults(answer, 'invalid'),
      )),
      ...(await ask(
        open,
        (route) => ({ path: `${pathFor(route, own)}?cursor=bm9uc2Vuc2U`, ...key() }),
        (answer) => faults(answer, 'invalid'),
      )),
    ]
    expect(wrong).toEqual([])
  })
})

describe('Idempotency-Key', () => {
  const creating = () =>
    all.filter((route) => route.idempotent && !route.path.includes(':') && typeof route.body === 'object')

  it('makes one thing of twenty requests at once, on every route that honours it', async () => {
    const wrong: string[] = []
    for (const route of creating()) {
      const body = bodyFor(route)
      const headers = { 'idempotency-key': randomUUID() }
      const send = () => test.request('POST', route.path, { body, key: test.ownerKey, headers })
      const answers = await Promise.all(Array.from({ length: 20 }, send))
      const again = await send()
      const done = answers.filter(({ status }) => status < 300)
      const running = answers.filter((answer) => faults(answer, 'idempotency_running').length === 0)
      if (done.length + running.length !== 20 || done.length === 0)
        wrong.push(`${nameOf(route)}: ${answers.map(({ status }) => status)}`)
      const first = JSON.stringify(done[0]?.body)
      if ([...done, again].some((answer) => JSON.stringify(answer.body) !== first))
        wrong.push(`${nameOf(route)}: different answers`)
    }
    expect(wrong).toEqual([])
  })

  it('refuses the same key with another body', async () => {
    const wrong: string[] = []
    for (const route of creating()) {
      const [first, second] = [bodyFor(route), bodyFor(route)]
      if (JSON.stringify(first) === JSON.stringify(second)) continue
      const headers = { 'idempotency-key': randomUUID() }
      await test.request('POST', route.path, { body: first, key: test.ownerKey, headers })
      const other = await test.request('POST', route.path, { body: second, key: test.ownerKey, headers })
      wrong.push(...faults(other, 'idempotency_mismatch').map((fault) => `${nameOf(route)}: ${fault}`))
    }
    expect(wrong).toEqual([])
  })
})

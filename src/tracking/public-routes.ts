import { isIPv4, isIPv6 } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import ipaddr from 'ipaddr.js'
import type { App } from '../app.ts'
import type { ServerPlugin } from '../http/route.ts'
import { markHappened } from '../messages/happened-sql.ts'
import { suppressRecipients } from '../suppressions/queries.ts'
import { createHitRecorder } from './hits.ts'
import { preferencesPage, unknownLinkPage, unsubscribedPage, unsubscribePage } from './pages.ts'
import { findLink, findPerson, type LinkedPerson, refuseTracking } from './queries.ts'
import { type LinkPurpose, type LinkTarget, readToken } from './tokens.ts'

const pixel = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/**
 * What links in messages lead to: `/t/o` the open pixel, `/t/c` clicks, `/u` unsubscribing (a page by GET, one click by POST, RFC 8058),
 * `/p` preferences. The token is the only authority: no session, no cookies, no origin check, no rate limit (TRUST U3, U8).
 */
export const trackingPlugin: ServerPlugin = (server, app) => {
  const hits = createHitRecorder(app)
  server.addHook('onClose', () => hits.flush())
  // Providers send what they like, in any type and also in none (TRUST U2): it is read, and kept only where a form says something.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, payload, done) => {
    let text = ''
    payload.setEncoding('utf8')
    payload.on('data', (chunk: string) => {
      if (text.length < 4_096) text += chunk.slice(0, 4_096)
    })
    payload.on('end', () => done(null, text))
    payload.on('error', done)
  })
  server.addHook('onSend', async (_request, reply) => {
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex').header('cache-control', 'no-store')
  })

  const hit = (
    request: FastifyRequest,
    target: LinkTarget,
    kind: 'open' | 'click' | 'unsubscribe_page',
    link: number | null,
  ) =>
    hits.record({
      workspaceId: target.workspaceId,
      messageId: target.messageId,
      kind,
      link,
      method: request.method,
      network: networkOf(request.ip),
      userAgent: request.headers['user-agent']?.replaceAll('\0', '').slice(0, 500) ?? null,
      purpose: headerOf(request, 'sec-purpose') ?? headerOf(request, 'purpose') ?? null,
      atMs: Date.now(),
    })

  type TokenRoute = { Params: { token: string } }
  const read = (request: FastifyRequest, purpose: LinkPurpose) =>
    readToken(app.keys, purpose, (request.params as { token: string }).token)

  server.get<TokenRoute>('/t/o/:token', async (request, reply) => {
    const target = read(request, 'open')
    if (target) hit(request, target, 'open', null)
    // The same picture for every token: there is nothing to find out here.
    return reply.type('image/gif').send(pixel)
  })

  server.get<TokenRoute>('/t/c/:token', async (request, reply) => {
    const target = read(request, 'click')
    const url = target && (await findLink(app.db, target))
    // The table holds web addresses only; looked at again, because nothing here may become a redirect to anything else (TRUST S18).
    if (!target || !url || !/^https?:\/\//i.test(url)) return page(reply, 404, unknownLinkPage())
    hit(request, target, 'click', target.position)
    return reply.header('location', new URL(url).href).code(302).send()
  })

  server.get<TokenRoute>('/u/:token', async (request, reply) => {
    const found = await person(app, read(request, 'unsubscribe'))
    if (!found) return page(reply, 404, unknownLinkPage())
    hit(request, found.target, 'unsubscribe_page', null)
    return page(reply, 200, found.person.unsubscribed ? unsubscribedPage(found.person) : unsubscribePage(found.person))
  })

  server.post<TokenRoute>('/u/:token', async (request, reply) => {
    const found = await person(app, read(request, 'unsubscribe'))
    if (!found) return page(reply, 404, unknownLinkPage())
    await unsubscribe(app, found.target)
    return page(reply, 200, unsubscribedPage(found.person))
  })

  server.get<TokenRoute>('/p/:token', async (request, reply) => {
    const found = await person(app, read(request, 'preferences'))
    return found ? page(reply, 200, preferencesPage(found.person)) : page(reply, 404, unknownLinkPage())
  })

  server.post<TokenRoute>('/p/:token', async (request, reply) => {
    const found = await person(app, read(request, 'preferences'))
    if (!found) return page(reply, 404, unknownLinkPage())
    const action = new URLSearchParams(typeof request.body === 'string' ? request.body : '').get('action')
    if (action === 'unsubscribe') await unsubscribe(app, found.target)
    if (action === 'stop-tracking') await app.db.transaction().execute((tx) => refuseTracking(tx, found.target))
    const after = await findPerson(app.db, found.target)
    return page(reply, 200, preferencesPage(after ?? found.person))
  })
}

/** Suppresses whoever the message went to; effective before the answer, and the same when repeated. */
export async function unsubscribe(app: App, target: LinkTarget): Promise<void> {
  await app.db.transaction().execute(async (tx) => {
    await suppressRecipients(tx, [target.messageId], 'unsubscribe', 'link in a message')
    await markHappened(tx, 'unsubscribed', [{ messageId: target.messageId }])
  })
}

async function person(
  app: App,
  target: LinkTarget | null,
): Promise<{ target: LinkTarget; person: LinkedPerson } | null> {
  const found = target && (await findPerson(app.db, target))
  return target && found ? { target, person: found } : null
}

const page = (reply: FastifyReply, status: number, html: string): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').header('content-security-policy', pagePolicy).send(html)

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** The network of an address (/24, /48), which is all that is kept of it; null inside a private one, where a proxy hides everybody. */
export function networkOf(ip: string): string | null {
  if (!isIPv4(ip) && !isIPv6(ip)) return null
  const address = ipaddr.process(ip)
  if (address.range() !== 'unicast') return null
  const parts = address.toByteArray()
  if (address.kind() === 'ipv4') return `${parts.slice(0, 3).join('.')}.0/24`
  return `${Buffer.from(parts.slice(0, 6)).toString('hex').match(/.{4}/g)?.join(':')}::/48`
}

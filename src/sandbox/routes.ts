import { z } from 'zod'
import type { App } from '../app.ts'
import { notFound, type ProblemCode } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { type Context, instant, nothing, numberParams, pageOf, pageQuery, route } from '../http/route.ts'
import { play, type SandboxPlay } from './actions.ts'
import { countNewSandbox, getSandboxMail, listSandbox, markSandboxSeen } from './queries.ts'

const action = z.object({
  action: z.enum(['open', 'click', 'reply', 'bounce', 'complain', 'unsubscribe', 'scan', 'auto-reply']),
  at: z.string(),
  link: z.int().optional(),
  text: z.string().optional(),
})
const listed = z.object({
  id: z.int(),
  messageId: z.int().nullable(),
  from: z.string(),
  to: z.string(),
  subject: z.string(),
  campaignId: z.uuid().nullable(),
  campaignName: z.string().nullable(),
  customerId: z.uuid().nullable(),
  runId: z.int().nullable(),
  actions: z.array(action),
  receivedAt: instant,
})
const mail = listed.extend({
  html: z.string().nullable(),
  text: z.string(),
  headers: z.record(z.string(), z.string()),
  links: z.array(z.string()),
})

async function existing(app: App, workspaceId: number, id: number) {
  const found = await getSandboxMail(app.db, workspaceId, id)
  if (!found) throw notFound('message')
  return found
}

type Played = Context<{ id: number }, unknown, unknown>

async function played({ app, workspaceId, params }: Pick<Played, 'app' | 'workspaceId' | 'params'>, what: SandboxPlay) {
  await play(app, workspaceId, await existing(app, workspaceId, params.id), what)
  return existing(app, workspaceId, params.id)
}

const contract = {
  method: 'POST' as const,
  access: 'sandbox.use' as const,
  params: numberParams,
  response: mail,
  errors: ['wrong_state'] as ProblemCode[],
}
const noBody = z.strictObject({}).optional()

export const sandboxRoutes = [
  route(
    {
      method: 'GET',
      path: '/sandbox/messages',
      id: 'listSandboxMessages',
      summary: 'The built-in mailbox, newest first',
      access: 'sandbox.use',
      query: pageQuery.extend({
        campaignId: z.uuid().optional(),
        customerId: z.uuid().optional(),
        q: z.string().trim().min(1).max(320).optional(),
      }),
      response: pageOf(listed),
    },
    async ({ app, workspaceId, query: { limit, cursor, ...filter } }) => {
      const before = decodeCursor(cursor, z.int())
      const rows = await listSandbox(app.db, workspaceId, { ...filter, before, limit: limit + 1 })
      return page(rows, limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/sandbox/new',
      id: 'countNewSandboxMessages',
      summary: 'How many messages came since one looked into the mailbox last, at most 100',
      access: 'sandbox.use',
      response: z.object({ count: z.int() }),
    },
    async ({ app, workspaceId, actor }) => ({
      count: actor.memberId === null ? 0 : await countNewSandbox(app.db, workspaceId, actor.memberId),
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/sandbox/seen',
      id: 'markSandboxSeen',
      summary: 'Say that one has seen the mailbox up to a message',
      access: 'sandbox.use',
      body: z.strictObject({ upTo: z.int().min(0) }),
      response: nothing,
      status: 204,
    },
    async ({ app, workspaceId, actor, body }) => {
      if (actor.memberId !== null) await markSandboxSeen(app.db, workspaceId, actor.memberId, body.upTo)
      return undefined
    },
  ),
  route(
    {
      method: 'GET',
      path: '/sandbox/messages/:id',
      id: 'getSandboxMessage',
      summary: 'One message of the mailbox, as a mail program would show it',
      access: 'sandbox.use',
      params: numberParams,
      response: mail,
    },
    async ({ app, workspaceId, params }) => existing(app, workspaceId, params.id),
  ),
  route(
    {
      method: 'GET',
      path: '/sandbox/messages/:id/html',
      id: 'getSandboxMessageHtml',
      summary: 'The message’s HTML for an iframe with sandbox="allow-popups"; nothing in it can run',
      access: 'sandbox.use',
      params: numberParams,
      response: z.custom<string>(),
      media: 'text/html',
    },
    async ({ app, workspaceId, params, header }) => {
      const { html, text } = await existing(app, workspaceId, params.id)
      // TRUST S23: the document itself says that nothing in it may run, wherever it is shown.
      header(
        'content-security-policy',
        "sandbox allow-popups; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'",
      )
      header('x-content-type-options', 'nosniff')
      return (
        html ??
        `<!doctype html><meta charset="utf-8"><pre>${text.replace(/[&<]/g, (one) => (one === '&' ? '&amp;' : '&lt;'))}</pre>`
      )
    },
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/open',
      id: 'openSandboxMessage',
      summary: 'Plays a person who opens it',
      body: noBody,
    },
    async (context) => played(context, { action: 'open' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/click',
      id: 'clickSandboxMessage',
      summary: 'Plays a person who follows a link; it counts at once',
      body: z.strictObject({ link: z.int().min(0).default(0) }).optional(),
    },
    async (context) => played(context, { action: 'click', link: context.body?.link ?? 0 }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/reply',
      id: 'replySandboxMessage',
      summary: 'Plays a person who answers',
      body: z.strictObject({ text: z.string().max(10_000).default('') }).optional(),
    },
    async (context) => played(context, { action: 'reply', text: context.body?.text ?? '' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/bounce',
      id: 'bounceSandboxMessage',
      summary: 'Plays a server that returns it for good',
      body: noBody,
    },
    async (context) => played(context, { action: 'bounce' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/complain',
      id: 'complainSandboxMessage',
      summary: 'Plays a person who reports it as spam',
      body: noBody,
    },
    async (context) => played(context, { action: 'complain' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/unsubscribe',
      id: 'unsubscribeSandboxMessage',
      summary: 'Plays a person who unsubscribes',
      body: noBody,
    },
    async (context) => played(context, { action: 'unsubscribe' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/scan',
      id: 'scanSandboxMessage',
      summary: 'Plays a mail gateway that fetches the pictures and every link; none of it counts as a person',
      body: noBody,
    },
    async (context) => played(context, { action: 'scan' }),
  ),
  route(
    {
      ...contract,
      path: '/sandbox/messages/:id/auto-reply',
      id: 'autoReplySandboxMessage',
      summary: 'Plays a mail program that answers by itself, out of office: it is no reply and moves nobody',
      body: noBody,
    },
    async (context) => played(context, { action: 'auto-reply' }),
  ),
] as const

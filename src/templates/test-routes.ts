import { z } from 'zod'
import { resolveAudience } from '../campaigns/audience-sql.ts'
import { listAttributes } from '../customers/attribute-queries.ts'
import { invalidField, notFound } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { escapeHtml } from '../messages/html.ts'
import { countTimeoutMs } from '../segments/count-sql.ts'
import { readGuarded } from '../segments/guarded-sql.ts'
import { audit } from '../workspaces/audit.ts'
import { checkMail, type MailCheck } from './mail-checks.ts'
import { previewJob, renderPreview } from './preview.ts'
import { campaignsNaming, getTemplate } from './queries.ts'
import { requireTestable, sendTest } from './test-send.ts'

const subject = z.string().max(1000)
const body = z.string().max(200_000, 'At most 200,000 characters.')
const checks = z.array(z.object({ code: z.string(), level: z.enum(['good', 'info', 'warn', 'bad']), text: z.string() }))

/** Looking at a template before customers do: as a page, by checks, in a mailbox of one's own, and who would get it. */
export const templateTestRoutes = [
  route(
    {
      method: 'POST',
      path: '/templates/check',
      id: 'checkTemplate',
      summary:
        'What to know of an email before it goes out: its subject on phones, gaps where customers lack a value, links, images, size',
      access: 'templates.read',
      body: z.strictObject({
        subject: subject.default(''),
        body: body.default(''),
        customerId: z.uuid().nullable().default(null),
        productId: z.uuid().nullable().default(null),
      }),
      response: z.object({ checks }),
      errors: ['too_slow'],
    },
    async ({ app, workspaceId, body: wanted, signal }) => {
      const { error, ...rendered } = await renderPreview(app, workspaceId, wanted)
      if (error !== null) return { checks: [{ code: 'render', level: 'bad', text: error }] satisfies MailCheck[] }
      const known = await readGuarded(app.db, { timeoutMs: countTimeoutMs, signal }, async (tx) =>
        listAttributes(tx, await resolveAudience(tx, { type: 'all' }, { workspaceId, excludeSegmentId: null })),
      )
      const coverage = new Map(known.map(({ path, share }) => [path, share]))
      // Nobody is there yet: nothing can be said of gaps.
      const someone = known.some(({ path, share }) => path === 'createdAt' && share > 0)
      return { checks: checkMail({ ...wanted, rendered, coverage: someone ? coverage : new Map() }) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/templates/:id/uses',
      id: 'listTemplateUses',
      summary: 'The campaigns that use a template in draft or in force: what is saved is what their next messages say',
      access: 'templates.read',
      params: idParams,
      response: z.object({ items: z.array(z.object({ id: z.uuid(), name: z.string(), status: z.string() })) }),
    },
    async ({ app, workspaceId, params }) => {
      const found = await getTemplate(app.db, workspaceId, params.id)
      if (!found) throw notFound('template')
      return { items: found.archivedAt ? [] : await campaignsNaming(app.db, workspaceId, found.name) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/templates/:id/html',
      id: 'getTemplateHtml',
      summary:
        'A template as a customer or somebody made up would get it, as a page for an iframe; nothing in it can run',
      access: 'templates.read',
      params: idParams,
      query: z.strictObject({
        version: z.coerce.number().int().optional().meta({ description: 'For caches alone.' }),
        customer: z.uuid().optional().meta({ description: 'Whom to render it for.' }),
      }),
      response: z.custom<string>(),
      media: 'text/html',
    },
    async ({ app, workspaceId, params, query, header }) => {
      const found = await getTemplate(app.db, workspaceId, params.id)
      if (!found) throw notFound('template')
      // TRUST S23: the document itself says that nothing in it may run, wherever it is shown.
      header(
        'content-security-policy',
        "sandbox; default-src 'none'; img-src https: data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
      )
      header('cache-control', query.version === undefined ? 'private, no-cache' : 'private, max-age=300')
      const wanted = { subject: found.subject, body: found.body, customerId: query.customer ?? null, productId: null }
      const plain = found.channel === 'ai' ? found.body : null
      const { html, text, error } =
        plain === null
          ? await renderPreview(app, workspaceId, {
              ...wanted,
              channel: found.channel === 'ai' ? 'email' : found.channel,
            })
          : { html: '', text: plain, error: null }
      return html === '' || found.channel !== 'email' ? textPage(error ?? text) : html
    },
  ),
  route(
    {
      method: 'POST',
      path: '/templates/:id/test-send',
      id: 'sendTemplateTest',
      summary:
        'Send a template, or the text that is not saved yet, to an address of your choice as a customer would get it; marked and never counted',
      access: 'templates.write',
      params: idParams,
      body: z.strictObject({
        to: z.string().trim().min(1).max(320),
        credentialId: z.uuid(),
        customerId: z.uuid().nullable().default(null),
        productId: z.uuid().nullable().default(null),
        subject: subject.optional(),
        body: body.optional(),
      }),
      response: z.object({ sent: z.boolean(), detail: z.string(), to: z.string(), subject: z.string() }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body: wanted, actor } = context
      const found = await getTemplate(app.db, workspaceId, params.id)
      if (!found) throw notFound('template')
      const { channel } = found
      if (channel === 'ai')
        throw invalidField('id', 'not_a_message', 'This is the prompt of the AI; it is sent to nobody.')
      const { to, credentialId, customerId, productId } = wanted
      const credential = await requireTestable(app, workspaceId, {
        ...{ channel, credentialId, to, actor: actor.text, senderField: 'credentialId' },
      })
      const carries =
        credential.type === 'sandbox' || (credential.type === 'smtp' ? 'email' : credential.type) === channel
      if (!carries)
        throw invalidField('credentialId', 'wrong_channel', `“${credential.name}” does not send ${channel}.`)
      const job = await previewJob(app, workspaceId, {
        subject: wanted.subject ?? found.subject,
        body: wanted.body ?? found.body,
        channel,
        customerId,
        productId,
      })
      // Before it is sent: a try counts, whatever comes of it.
      await audit(app.db, context, 'message.test-sent', 'template', params.id, { to, customerId, credentialId })
      return await sendTest(app, workspaceId, { credential, to, job })
    },
  ),
] as const

const textPage = (text: string): string =>
  `<!doctype html><meta charset="utf-8"><pre style="font:14px/1.5 system-ui,sans-serif;white-space:pre-wrap;margin:16px">${escapeHtml(text)}</pre>`

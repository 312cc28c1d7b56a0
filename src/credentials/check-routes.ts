import { z } from 'zod'
import { invalidField } from '../errors.ts'
import { idParams, route } from '../http/route.ts'
import { channelOpener, secretPlace } from '../messages/open-channel.ts'
import { audit } from '../workspaces/audit.ts'
import { accountBody, changeBody, limits } from './bodies.ts'
import { changedAccount, newAccount, requireOwnFields } from './change.ts'
import { checkDomain } from './domain-checks.ts'
import { providers } from './providers.ts'
import { recordTest } from './queries.ts'
import { existing, requireInUse } from './routes.ts'

const found = z.object({ ok: z.boolean(), detail: z.string() })

/** What only looks at sending accounts: tests before and after they are saved, and the records of their domains. */
export const credentialCheckRoutes = [
  route(
    {
      method: 'POST',
      path: '/credentials/:id/test',
      id: 'testCredential',
      summary:
        'Connects and logs in without sending anything; what it finds becomes the account’s health. With changes: tests those, and keeps nothing',
      access: 'credentials.manage',
      params: idParams,
      body: changeBody.optional(),
      response: found.extend({ health: z.enum(['unknown', 'ok', 'dead']) }),
      errors: ['wrong_state'],
    },
    async (context) => {
      const { app, workspaceId, params, body = {} } = context
      const row = await existing(app.db, workspaceId, params.id)
      requireInUse(row)
      const { name: _, limits: __, ...changes } = body
      requireOwnFields(row.type, changes)
      const asked = Object.keys(changes).length > 0
      const account = asked ? await changedAccount(context, row, changes) : row
      const channel = channelOpener(app)({ ...row, config: account.config, secret: account.secret })
      const seen = await channel.verify()
      await channel.close()
      if (asked) return { ok: seen.ok, detail: seen.detail, health: row.health }
      await recordTest(app.db, row.id, seen)
      await audit(app.db, context, 'credential.tested', 'credential', row.id, { ok: seen.ok })
      if (seen.ok) await app.wake()
      const after = await existing(app.db, workspaceId, params.id)
      return { ok: seen.ok, detail: seen.detail, health: after.health }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/credentials/test',
      id: 'testNewCredential',
      summary: 'Connects and logs in with an account that is not saved; nothing is sent and nothing is kept',
      access: 'credentials.manage',
      body: accountBody,
      response: found,
      errors: ['already_exists'],
    },
    async (context) => {
      const { app, workspaceId, body } = context
      if (body.type === 'sandbox') return { ok: true, detail: 'The sandbox always works.' }
      const made = await newAccount(context, body)
      if ('botUsername' in made.config) return { ok: true, detail: `Telegram knows it as @${made.config.botUsername}.` }
      if (body.type !== 'smtp') return { ok: true, detail: 'They are a member of this workspace.' }
      const id = '00000000-0000-0000-0000-000000000000'
      const secret = made.secret === null ? null : app.keys.encrypt(made.secret, secretPlace(workspaceId, id))
      const { config, limits } = made
      const channel = channelOpener(app)({ id, workspaceId, type: 'smtp', config, secret, limits: limits as object })
      const { ok, detail } = await channel.verify()
      await channel.close()
      return { ok, detail }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/credentials/check-domain',
      id: 'checkSenderDomain',
      summary: 'What a sender’s domain says about mail in its name: SPF, DKIM and DMARC, with the record to publish',
      access: 'credentials.manage',
      body: z.strictObject({
        senderEmail: z.email('Write an address such as team@example.com.').max(320),
        host: z.string().trim().min(1).max(253),
        selector: z
          .string()
          .trim()
          .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'Write the selector alone, such as “google” or “s1”.')
          .optional(),
      }),
      response: z.object({
        domain: z.string(),
        checks: z.array(
          z.object({
            what: z.enum(['spf', 'dkim', 'dmarc']),
            status: z.enum(['ok', 'warn', 'missing', 'unknown']),
            says: z.string(),
            found: z.string().nullable(),
            record: z.object({ name: z.string(), type: z.literal('TXT'), value: z.string() }).nullable(),
          }),
        ),
      }),
    },
    async ({ app, body }) => {
      const domain = body.senderEmail.slice(body.senderEmail.lastIndexOf('@') + 1).toLowerCase()
      if (!domain.includes('.'))
        throw invalidField('senderEmail', 'invalid_domain', 'Write an address of a whole domain.')
      return { domain, checks: await checkDomain({ ...body, domain }, app.env.dnsServers) }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/credentials/providers',
      id: 'listMailProviders',
      summary: 'Mail providers with how to connect to them',
      access: 'credentials.read',
      response: z.object({
        items: z.array(
          z.object({
            id: z.string(),
            name: z.string(),
            host: z.string(),
            port: z.int(),
            encryption: z.enum(['tls', 'starttls']),
            username: z.string().nullable(),
            help: z.string(),
            limits,
          }),
        ),
        nextCursor: z.null(),
      }),
    },
    async () => ({
      items: providers.map(({ id, name, host, port, encryption, username, help, limits }) => ({
        ...{ id, name, host, port, encryption, username, help, limits },
      })),
      nextCursor: null,
    }),
  ),
] as const

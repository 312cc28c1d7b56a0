import { z } from 'zod'
import type { App } from '../app.ts'
import { checkHost, HostRefused } from '../channels/hosts.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { allows, type Role } from '../http/access.ts'
import { idParams, instant, nothing, pageOf, route } from '../http/route.ts'
import { requireVersion } from '../http/version.ts'
import { audit } from '../workspaces/audit.ts'
import { AiFailure } from './failure.ts'
import { listModels, testProvider } from './probe.ts'
import {
  chooseChat,
  deleteProvider,
  getProvider,
  insertProvider,
  listProviders,
  newProviderId,
  type ProviderRow,
  type ProviderValues,
  updateProvider,
} from './provider-queries.ts'
import { keyPlace, openProvider } from './session.ts'

const kind = z.enum(['openai', 'anthropic', 'bedrock', 'openai-compatible'])
const name = z.string().trim().min(1, 'Give it a name.').max(200)
const model = z.string().trim().min(1, 'Choose a model.').max(200)
const apiKey = z.string().trim().min(1).max(2_000).nullable()
const baseUrl = z
  .url({ protocol: /^https?$/, error: 'Write an address such as http://localhost:11434/v1.' })
  .max(500)
  .refine(
    (url) => !URL.canParse(url) || (new URL(url).username === '' && new URL(url).search === ''),
    'Leave user, password and query out of the address.',
  )
  .nullable()
const region = z
  .string()
  .regex(/^[a-z0-9-]{4,30}$/, 'Write a region such as eu-central-1.')
  .nullable()
const accessKeyId = z.string().trim().min(1).max(200).nullable()
const price = z.number().min(0).max(100_000).nullable()

/** What a member sees ends with `isChat`; the key is never in it. */
const provider = z.object({
  id: z.uuid(),
  name: z.string(),
  kind,
  model: z.string(),
  isChat: z.boolean(),
  baseUrl: z.string().nullable().optional(),
  region: z.string().nullable().optional(),
  accessKeyId: z.string().nullable().optional(),
  hasKey: z.boolean().optional(),
  answers: z.enum(['schema', 'json', 'text']).optional(),
  inputPrice: z.number().nullable().optional(),
  outputPrice: z.number().nullable().optional(),
  health: z.enum(['unknown', 'ok', 'failing']).optional(),
  healthDetail: z.string().nullable().optional(),
  healthAt: instant.nullable().optional(),
  version: z.int().optional(),
})

const tested = z.object({
  ok: z.boolean(),
  detail: z.string().nullable(),
  latencyMs: z.number(),
  answers: z.enum(['schema', 'json', 'text']).nullable(),
})

function shown(row: ProviderRow, role: Role): z.output<typeof provider> {
  const { id, isChat, version, health, healthDetail, healthAt, inputPrice, outputPrice, answers } = row
  const brief = { id, name: row.name, kind: row.kind, model: row.model, isChat }
  if (!allows(role, 'ai.manage')) return brief
  const { baseUrl: url, region: where, accessKeyId: keyId } = row
  return {
    ...brief,
    baseUrl: url,
    region: where,
    accessKeyId: keyId,
    hasKey: row.secret !== null,
    answers,
    inputPrice,
    outputPrice,
    health,
    healthDetail,
    healthAt,
    version,
  }
}

async function existing(app: App, workspaceId: number, id: string): Promise<ProviderRow> {
  const row = await getProvider(app.db, workspaceId, id)
  if (!row) throw notFound('AI model')
  return row
}

/** Checks what a schema cannot: what the kind needs, and that the address is public or allowed. @throws Problem `invalid` */
async function checkProvider(app: App, values: Omit<ProviderValues, 'secret'> & { hasKey: boolean }): Promise<void> {
  if (values.kind === 'openai-compatible' && values.baseUrl === null) {
    throw invalidField('baseUrl', 'required', 'Write the server’s address, for example http://localhost:11434/v1.')
  }
  if (values.kind !== 'openai-compatible' && !values.hasKey)
    throw invalidField('apiKey', 'required', 'This provider needs a key.')
  if (values.baseUrl === null) return
  const url = new URL(values.baseUrl)
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
  try {
    const { isPrivate } = await checkHost(url.hostname.replace(/^\[|\]$/g, ''), port, app.env.allowPrivateHosts)
    if (!isPrivate && url.protocol === 'http:')
      throw invalidField('baseUrl', 'unencrypted', 'A key is not sent to a public server unencrypted; use https.')
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    // A name that cannot be resolved now is taken as it is; the test says so.
    if (error.reason !== 'unknown')
      throw invalidField('baseUrl', error.reason === 'private' ? 'private_host' : 'invalid_host', error.message)
  }
}

export const providerRoutes = [
  route(
    {
      method: 'GET',
      path: '/ai/providers',
      id: 'listAiProviders',
      summary: 'AI models of the workspace; members see name, kind and which one is asked',
      access: 'ai.generate',
      response: pageOf(provider),
    },
    async ({ app, workspaceId, actor }) => ({
      items: (await listProviders(app.db, workspaceId)).map((row) => shown(row, actor.role)),
      nextCursor: null,
    }),
  ),
  route(
    {
      method: 'POST',
      path: '/ai/providers',
      id: 'createAiProvider',
      summary:
        'Adds an AI model and tests it; its key is kept encrypted and never shown again. The first one is the one that is asked',
      access: 'ai.manage',
      body: z.strictObject({
        kind,
        name,
        model,
        apiKey: apiKey.default(null),
        baseUrl: baseUrl.default(null),
        region: region.default(null),
        accessKeyId: accessKeyId.default(null),
        inputPrice: price.default(null),
        outputPrice: price.default(null),
      }),
      response: provider.extend({ test: tested }),
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, body, actor } = context
      const { apiKey: key, ...fields } = body
      await checkProvider(app, { ...fields, hasKey: key !== null })
      const id = await app.db.transaction().execute(async (tx) => {
        const made = await newProviderId(tx)
        const secret = key === null ? null : app.keys.encrypt(key, keyPlace(workspaceId, made))
        await insertProvider(tx, workspaceId, made, { ...fields, secret })
        await audit(tx, context, 'ai_provider.created', 'ai_provider', made, fields)
        return made
      })
      const test = await testProvider(app, await existing(app, workspaceId, id), actor.text)
      return { ...shown(await existing(app, workspaceId, id), actor.role), test }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/ai/providers/:id',
      id: 'getAiProvider',
      summary: 'One AI model; members see name, kind and whether it is asked',
      access: 'ai.generate',
      params: idParams,
      response: provider,
    },
    async ({ app, workspaceId, actor, params }) => shown(await existing(app, workspaceId, params.id), actor.role),
  ),
  route(
    {
      method: 'PATCH',
      path: '/ai/providers/:id',
      id: 'updateAiProvider',
      summary:
        'Changes the given fields; `isChat` makes it the one that is asked; another address forgets the stored key',
      access: 'ai.manage',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        model: model.optional(),
        apiKey: apiKey.optional(),
        baseUrl: baseUrl.optional(),
        region: region.optional(),
        accessKeyId: accessKeyId.optional(),
        inputPrice: price.optional(),
        outputPrice: price.optional(),
        isChat: z.literal(true).optional(),
      }),
      response: provider,
      errors: ['stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch, actor } = context
      const before = await existing(app, workspaceId, params.id)
      requireVersion(ifMatch, before.version)
      const { apiKey: key, isChat, ...changes } = body
      const fields = { ...before, ...changes }
      // A key is for the server that it was given for (TRUST S11).
      const elsewhere = fields.baseUrl !== before.baseUrl || fields.accessKeyId !== before.accessKeyId
      const kept = elsewhere && key === undefined ? null : before.secret
      const secret =
        key === undefined ? kept : key === null ? null : app.keys.encrypt(key, keyPlace(workspaceId, before.id))
      await checkProvider(app, { ...fields, hasKey: secret !== null })
      await app.db.transaction().execute(async (tx) => {
        const moved = elsewhere || key !== undefined || fields.model !== before.model || fields.region !== before.region
        await updateProvider(tx, workspaceId, params.id, { ...fields, secret }, moved)
        if (isChat) await chooseChat(tx, workspaceId, params.id)
        await audit(tx, context, 'ai_provider.updated', 'ai_provider', params.id, {
          ...changes,
          ...(key !== undefined && { apiKey: 'replaced' }),
          ...(isChat && { isChat }),
        })
      })
      return shown(await existing(app, workspaceId, params.id), actor.role)
    },
  ),
  route(
    {
      method: 'DELETE',
      path: '/ai/providers/:id',
      id: 'deleteAiProvider',
      summary: 'Forgets an AI model and its key',
      access: 'ai.manage',
      params: idParams,
      response: nothing,
      status: 204,
    },
    async (context) => {
      const { app, workspaceId, params } = context
      const row = await existing(app, workspaceId, params.id)
      await app.db.transaction().execute(async (tx) => {
        await deleteProvider(tx, workspaceId, row.id)
        await audit(tx, context, 'ai_provider.deleted', 'ai_provider', row.id, {
          name: row.name,
          kind: row.kind,
          model: row.model,
        })
      })
      return undefined
    },
  ),
  route(
    {
      method: 'POST',
      path: '/ai/providers/:id/test',
      id: 'testAiProvider',
      summary: 'Asks the model for a word: whether it answers, how fast, and in which way it can be asked for JSON',
      access: 'ai.manage',
      params: idParams,
      response: tested,
    },
    async ({ app, workspaceId, params, actor }) =>
      await testProvider(app, await existing(app, workspaceId, params.id), actor.text),
  ),
  route(
    {
      method: 'POST',
      path: '/ai/models',
      id: 'listAiModels',
      summary:
        'The models that a provider lists, for a key that is not stored yet or for a stored provider; null where it has no list',
      access: 'ai.manage',
      body: z.strictObject({
        providerId: z.uuid().optional(),
        kind: kind.default('openai'),
        apiKey: apiKey.default(null),
        baseUrl: baseUrl.default(null),
      }),
      response: z.object({
        models: z.array(z.object({ id: z.string(), name: z.string(), writes: z.boolean() })).nullable(),
      }),
      errors: ['ai_failed'],
    },
    async ({ app, workspaceId, body }) => {
      const stored =
        body.providerId === undefined ? null : openProvider(app, await existing(app, workspaceId, body.providerId))
      const asked = stored ?? { kind: body.kind, baseUrl: body.baseUrl, secret: body.apiKey, accessKeyId: null }
      try {
        return { models: await listModels(app, asked) }
      } catch (error) {
        if (!(error instanceof AiFailure)) throw error
        throw new Problem('ai_failed', error.message, { extra: { reason: error.code } })
      }
    },
  ),
] as const

import type { App } from '../app.ts'
import { checkedFetch } from '../channels/checked-fetch.ts'
import { HostRefused } from '../channels/hosts.ts'
import { AiFailure, readFailure } from './failure.ts'
import { type OpenProvider, secretsOf } from './model.ts'
import { type ProviderRow, recordTest } from './provider-queries.ts'
import { openSession } from './session.ts'

/** What a test of a provider found. */
export interface Tested {
  ok: boolean
  /** What is wrong; null when nothing is. */
  detail: string | null
  latencyMs: number
  /** How it can be asked for JSON. */
  answers: OpenProvider['answers'] | null
}

const schema = {
  type: 'object',
  properties: { ready: { type: 'boolean' } },
  required: ['ready'],
  additionalProperties: false,
}

/** Asks a model for a word and writes down whether it answers. Never throws for what the provider does. */
export async function testProvider(app: App, row: ProviderRow, actor: string): Promise<Tested> {
  const started = performance.now()
  const session = await openSession(app, row, { actor, campaignId: null, kind: 'test' }, { stallMs: 20_000 })
  let found: Omit<Tested, 'latencyMs'>
  let outcome = 'ok'
  try {
    const question = {
      system: 'You answer a test of the connection.',
      messages: [{ role: 'user' as const, content: 'Answer with {"ready": true}.' }],
      schema,
      signal: AbortSignal.timeout(60_000),
    }
    const answer = session.ask(question)
    let step = await answer.next()
    while (!step.done) step = await answer.next()
    found = { ok: true, detail: null, answers: step.value.answers }
  } catch (error) {
    if (!(error instanceof AiFailure)) throw error
    outcome = error.code
    found = { ok: false, detail: error.message, answers: null }
  } finally {
    await session.close(outcome)
  }
  await recordTest(app.db, row.workspaceId, row.id, found)
  return { ...found, latencyMs: Math.round(performance.now() - started) }
}

const listAddress: Record<OpenProvider['kind'], string | null> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com/v1',
  bedrock: null,
  'openai-compatible': null,
}

/** A model that a provider lists. `writes`: whether it is one for texts, as far as its name tells. */
export interface ListedModel {
  id: string
  name: string
  writes: boolean
}

/** The models of a provider that has a list of them; null when it has none. @throws AiFailure */
export async function listModels(
  app: App,
  provider: Pick<OpenProvider, 'kind' | 'baseUrl' | 'secret' | 'accessKeyId'>,
): Promise<ListedModel[] | null> {
  const base = provider.baseUrl ?? listAddress[provider.kind]
  if (base === null || provider.kind === 'bedrock') return null
  const headers: Record<string, string> =
    provider.kind === 'anthropic'
      ? { 'x-api-key': provider.secret ?? '', 'anthropic-version': '2023-06-01' }
      : provider.secret === null
        ? {}
        : { authorization: `Bearer ${provider.secret}` }
  try {
    const get = checkedFetch({ allowPrivateHosts: app.env.allowPrivateHosts, maxBytes: 2 * 1024 * 1024 })
    const answer = await get(
      `${base.replace(/\/+$/, '')}/models${provider.kind === 'anthropic' ? '?limit=1000' : ''}`,
      { headers, signal: AbortSignal.timeout(15_000) },
    )
    if (answer.status === 401 || answer.status === 403)
      throw new AiFailure('key_refused', `The provider refused the key (${answer.status}).`)
    if (!answer.ok) throw new AiFailure('provider_error', `The provider’s list of models answered ${answer.status}.`)
    const { data } = (await answer.json()) as { data?: unknown }
    return (Array.isArray(data) ? data : [])
      .flatMap((each: { id?: unknown; display_name?: unknown }): ListedModel[] =>
        typeof each?.id === 'string'
          ? [
              {
                id: each.id,
                name: typeof each.display_name === 'string' ? each.display_name : each.id,
                writes: !/embed|whisper|tts|dall-e|image|moderation|transcri|audio|realtime|rerank|sora/i.test(each.id),
              },
            ]
          : [],
      )
      .sort((a, b) => Number(b.writes) - Number(a.writes) || a.id.localeCompare(b.id))
      .slice(0, 500)
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new AiFailure('provider_error', 'The provider’s list of models is not JSON: is the address right?')
    if (error instanceof HostRefused) throw new AiFailure('not_reached', error.message)
    throw readFailure(error, secretsOf(provider))
  }
}

import type { App } from '../app.ts'
import { AiFailure } from './failure.ts'
import { type Answered, askModel, type OpenProvider, type Question } from './model.ts'
import type { ProviderRow } from './provider-queries.ts'
import { readBudget, recordUsage, type Used } from './usage-queries.ts'

/** How long a model may be silent, in ms (TRUST S29). */
const stallMs = 60_000

/** The place that a provider's key is bound to (TRUST S9). */
export const keyPlace = (workspaceId: number, providerId: string): string =>
  `${workspaceId}|ai_provider|secret|${providerId}`

/** A provider with its key. @throws Error when the key cannot be opened */
export function openProvider(app: App, row: ProviderRow): OpenProvider {
  const { kind, model, baseUrl, region, accessKeyId, answers } = row
  const secret = row.secret === null ? null : app.keys.decrypt(row.secret, keyPlace(row.workspaceId, row.id))
  return { kind, model, baseUrl, region, accessKeyId, answers, secret }
}

/** What tokens cost in US dollars; null when a price is not known. */
export const costOf = (
  { inputPrice, outputPrice }: Pick<ProviderRow, 'inputPrice' | 'outputPrice'>,
  tokens: { inputTokens: number; outputTokens: number },
): number | null =>
  inputPrice === null || outputPrice === null
    ? null
    : (tokens.inputTokens * inputPrice + tokens.outputTokens * outputPrice) / 1_000_000

/** One request of a person: up to some calls of the model, counted together. */
export interface ModelSession {
  /** Asks, and tells the text as it grows. @throws AiFailure */
  ask(question: Question): AsyncGenerator<string, Answered>
  used(): { calls: number; inputTokens: number; outputTokens: number; costUsd: number | null }
  /** Writes down what was used; call it once, whatever happened. */
  close(outcome: string): Promise<void>
}

/** Opens a session within the workspace's limits. @throws AiFailure `limit_reached` */
export async function openSession(
  app: App,
  row: ProviderRow,
  about: Pick<Used, 'actor' | 'campaignId' | 'kind'>,
  options: { stallMs?: number } = {},
): Promise<ModelSession> {
  if (about.kind !== 'test') await requireBudget(app, row.workspaceId)
  const provider = openProvider(app, row)
  const started = performance.now()
  const sum = { calls: 0, inputTokens: 0, outputTokens: 0 }
  const used = () => ({ ...sum, costUsd: costOf(row, sum) })
  return {
    async *ask(question) {
      sum.calls += 1
      const limits = { allowPrivateHosts: app.env.allowPrivateHosts, stallMs: options.stallMs ?? stallMs }
      let answered: Answered
      try {
        answered = yield* askModel(provider, question, limits)
      } catch (error) {
        const isOurs = error instanceof AiFailure && error.code === 'stopped'
        if (!isOurs) app.log.warn({ err: error, providerId: row.id, ...about }, 'A model gave no answer')
        throw error
      }
      sum.inputTokens += answered.inputTokens
      sum.outputTokens += answered.outputTokens
      provider.answers = question.schema === null ? provider.answers : answered.answers
      return answered
    },
    used,
    async close(outcome) {
      const durationMs = Math.round(performance.now() - started)
      await recordUsage(app.db, row.workspaceId, {
        ...about,
        ...used(),
        providerId: row.id,
        model: row.model,
        outcome,
        durationMs,
      })
    },
  }
}

async function requireBudget(app: App, workspaceId: number): Promise<void> {
  const { monthlyUsd, monthlyTokens, month } = await readBudget(app.db, workspaceId)
  const overCost = monthlyUsd !== null && month.costUsd >= monthlyUsd
  const overTokens = monthlyTokens !== null && month.inputTokens + month.outputTokens >= monthlyTokens
  if (!overCost && !overTokens) return
  const limit = overCost ? `$${monthlyUsd}` : `${monthlyTokens?.toLocaleString('en')} tokens`
  throw new AiFailure(
    'limit_reached',
    `This month’s limit of ${limit} is used up. An admin can raise it under Settings → AI models.`,
  )
}

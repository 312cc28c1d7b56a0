import { z } from 'zod'
import { Problem } from '../errors.ts'
import { createRateLimit } from '../http/rate-limit.ts'
import { route } from '../http/route.ts'
import { AiFailure } from './failure.ts'
import { improvePrompt, improveSchema, readAlternatives } from './improve.ts'
import { chatProvider } from './provider-queries.ts'
import { openSession } from './session.ts'

const improvements = createRateLimit({ max: 60, windowMs: 60 * 60_000, what: 'texts to improve' })

export const improveRoutes = [
  route(
    {
      method: 'POST',
      path: '/ai/improve',
      id: 'improveText',
      summary: 'Alternatives for a message’s text: shorter, translated, or three subject lines; changes nothing',
      access: 'ai.generate',
      body: z.strictObject({
        text: z.string().trim().min(1, 'There is no text yet.').max(50_000),
        field: z.enum(['subject', 'body']),
        action: z.enum(['shorten', 'translate', 'subjects']),
        language: z.string().trim().min(2).max(60).nullable().default(null),
      }),
      response: z.object({ alternatives: z.array(z.string()), model: z.string() }),
      errors: ['ai_failed', 'wrong_state', 'rate_limited'],
    },
    async ({ app, workspaceId, actor, body, signal }) => {
      const row = await chatProvider(app.db, workspaceId)
      if (!row)
        throw new Problem('wrong_state', 'No AI model is connected. An admin can add one under Settings → AI models.', {
          extra: { state: 'no_model', allowed: [] },
        })
      improvements.take(`${workspaceId} ${actor.text}`)
      let outcome = 'stopped'
      let session: Awaited<ReturnType<typeof openSession>> | undefined
      try {
        session = await openSession(app, row, { actor: actor.text, campaignId: null, kind: 'text' })
        const { system, user } = improvePrompt(body)
        const answer = session.ask({
          system,
          messages: [{ role: 'user', content: user }],
          schema: improveSchema,
          signal,
        })
        let step = await answer.next()
        while (!step.done) step = await answer.next()
        const alternatives = readAlternatives(step.value.text, body)
        outcome = alternatives.length > 0 ? 'ok' : 'unsuitable_answer'
        if (alternatives.length === 0) {
          throw new AiFailure(
            'unsuitable_answer',
            'The model’s answer lost a variable or a link of your text, so it was thrown away. Try again.',
          )
        }
        return { alternatives, model: row.model }
      } catch (error) {
        if (!(error instanceof AiFailure)) throw error
        outcome = error.code
        throw asProblem(error)
      } finally {
        await session?.close(outcome)
      }
    },
  ),
] as const

/** A model's failure as a problem document. */
function asProblem({ code, message, retryAfterSeconds }: AiFailure): Problem {
  const extra = { reason: code, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
  return new Problem(code === 'rate_limited' || code === 'limit_reached' ? 'rate_limited' : 'ai_failed', message, {
    extra,
  })
}

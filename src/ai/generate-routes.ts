import { z } from 'zod'
import { givenGraph, graphFrom } from '../campaigns/given-graph.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { findDraft } from '../campaigns/workflow-queries.ts'
import { notFound } from '../errors.ts'
import { createRateLimit } from '../http/rate-limit.ts'
import { idParams, route } from '../http/route.ts'
import { serverEvents } from '../http/stream.ts'
import { type GenerateEvent, openDesk, say } from './generate.ts'
import { chatProvider } from './provider-queries.ts'
import { write } from './write.ts'

/** Reading an outline is cheap, but not for nothing. */
const readings = createRateLimit({ max: 120, windowMs: 60 * 60_000, what: 'requests to AI Generate' })

/** A model costs money: requests and further words of a person together (TRUST S29). */
const generations = createRateLimit({ max: 30, windowMs: 60 * 60_000, what: 'requests to the AI model' })

/** Longest text that is asked for, in characters. */
const longestPrompt = 20_000

export const generateRoutes = [
  route(
    {
      method: 'POST',
      path: '/campaigns/:id/workflow/generate',
      id: 'generateWorkflow',
      summary:
        'Server-sent events: `progress`, then one `proposal` with graph and diff, or one `failed`. Writes nothing: applying it is a PUT of the workflow',
      access: 'ai.generate',
      params: idParams,
      body: z
        .strictObject({
          prompt: z.string().trim().max(longestPrompt, `At most ${longestPrompt} characters.`).default(''),
          /** The graph of a proposal that is to be changed by the prompt. */
          proposal: z.strictObject(givenGraph).optional(),
          /** A ready-made campaign, by the id that an earlier proposal listed, in place of a text. */
          example: z.string().max(100).optional(),
        })
        .refine(({ prompt, example }) => prompt !== '' || example !== undefined, {
          path: ['prompt'],
          error:
            'Say what shall happen, for example: “Send a welcome email, wait 3 days, if no reply send a reminder”.',
        }),
      response: serverEvents,
      media: 'text/event-stream',
      bodyLimit: 4 * 1024 * 1024,
      errors: ['wrong_state', 'rate_limited'],
    },
    async ({ app, workspaceId, actor, params, body, signal }) => {
      const draft = await findDraft(app.db, workspaceId, params.id)
      if (!draft) throw notFound('campaign')
      requireState(draft.status, 'change')
      const isModel = body.example === undefined && (await chatProvider(app.db, workspaceId)) !== undefined
      const limit = isModel ? generations : readings
      limit.take(`${workspaceId} ${actor.text}`)
      const proposal = body.proposal ? graphFrom(body.proposal) : null
      const request = { prompt: body.prompt, proposal, example: body.example ?? null }
      async function* events(): AsyncGenerator<GenerateEvent> {
        yield say('reading', 'Reading your setup: segments, templates, senders, products')
        const desk = await openDesk(app, workspaceId, params.id, draft as NonNullable<typeof draft>, request)
        yield* write(desk, { actor: actor.text, signal })
      }
      return events()
    },
  ),
] as const

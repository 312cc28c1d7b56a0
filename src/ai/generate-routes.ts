import { z } from 'zod'
import { givenGraph, graphFrom } from '../campaigns/given-graph.ts'
import { requireState } from '../campaigns/lifecycle.ts'
import { findDraft } from '../campaigns/workflow-queries.ts'
import { invalidField, notFound } from '../errors.ts'
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
          /** Ids of steps of the draft: these alone may change, with the ways into and out of them. Absent: the whole workflow. */
          selection: z.array(z.string().max(200)).min(1, 'Select a step.').max(2_000).optional(),
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
      if (body.selection !== undefined) {
        if (body.example !== undefined)
          throw invalidField(
            'example',
            'not_allowed',
            'A ready-made campaign is a whole workflow; leave the selection out.',
          )
        const known = new Set(draft.nodes.map(({ id }) => id))
        const index = body.selection.findIndex((id) => !known.has(id))
        if (index >= 0)
          throw invalidField(
            `selection.${index}`,
            'unknown',
            `There is no step “${body.selection[index]}” in the draft.`,
          )
      }
      const isModel = body.example === undefined && (await chatProvider(app.db, workspaceId)) !== undefined
      const limit = isModel ? generations : readings
      limit.take(`${workspaceId} ${actor.text}`)
      const proposal = body.proposal ? graphFrom(body.proposal) : null
      const selection = body.selection ? new Set(body.selection) : null
      const request = { prompt: body.prompt, proposal, example: body.example ?? null, selection }
      async function* events(): AsyncGenerator<GenerateEvent> {
        yield say('reading', 'Reading your setup: segments, templates, senders, products')
        const desk = await openDesk(app, workspaceId, params.id, draft as NonNullable<typeof draft>, request)
        yield* write(desk, { actor: actor.text, signal })
      }
      return events()
    },
  ),
] as const

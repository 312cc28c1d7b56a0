import type { App } from '../app.ts'
import type { Channel } from '../engine/facts.ts'
import { invalidField } from '../errors.ts'
import type { RenderJob } from '../messages/compose.ts'
import { createRenderer, type Renderer, type RenderResult } from '../messages/renderer.ts'
import { readPreviewFacts } from './preview-queries.ts'

/** A message as its reader would see it; `error` says in a sentence why there is none. */
export interface Preview {
  subject: string
  html: string
  text: string
  error: string | null
}

/** Somebody to write to while no customer is chosen. */
const nobodyInParticular = {
  id: '00000000-0000-7000-8000-000000000000',
  email: 'ann@example.com',
  externalId: null,
  firstName: 'Ann',
  lastName: 'Example',
  language: 'en',
  country: 'US',
  timezone: 'UTC',
  tags: [],
  attributes: {},
  company: { name: 'Example Inc.', domain: 'example.com', industry: null, attributes: {} },
}

/** One worker a program for previews: a template that hangs keeps no message waiting. It does not keep the process alive. */
const renderers = new WeakMap<App, Renderer>()

function rendererOf(app: App): Renderer {
  const known = renderers.get(app)
  if (known) return known
  const renderer = createRenderer({ workers: 1 })
  renderers.set(app, renderer)
  return renderer
}

/** What is to be rendered, and for whom. */
export interface WantedPreview {
  subject: string
  body: string
  /** Null = somebody made up. */
  customerId: string | null
  productId: string | null
  /** What `{{…}}` sees instead of what is made up here. */
  scope?: Record<string, unknown>
  /** Email unless said. */
  channel?: Channel
}

/**
 * Renders a subject and a body for a customer (or a made-up one) by the code that sends; links stay as they are, nothing is tracked.
 * @throws Problem `invalid` for a customer or product that is not here
 */
export async function renderPreview(app: App, workspaceId: number, wanted: WantedPreview): Promise<Preview> {
  const result = await renderApart(app, await previewJob(app, workspaceId, wanted))
  if (!result.ok) return { subject: '', html: '', text: '', error: result.error }
  const { subject, html, text } = result.message
  return { subject, html, text, error: null }
}

/** Renders one message in the worker for previews. */
export async function renderApart(app: App, job: RenderJob): Promise<RenderResult> {
  const [result] = await rendererOf(app).render([job])
  return result ?? { ok: false, error: 'Nothing was rendered.' }
}

/** What a preview is rendered from; nothing in it is tracked. @throws Problem `invalid` for a customer or product that is not here */
export async function previewJob(app: App, workspaceId: number, wanted: WantedPreview): Promise<RenderJob> {
  const facts = await readPreviewFacts(app.db, workspaceId, wanted)
  if (wanted.customerId && !facts.customer) {
    throw invalidField('customerId', 'not_found', 'There is no such customer in this workspace.')
  }
  if (wanted.productId && !facts.product) {
    throw invalidField('productId', 'not_found', 'There is no such product in this workspace.')
  }
  const base = app.env.publicUrl ?? `http://localhost:${app.env.port}`
  const customer = facts.customer ?? nobodyInParticular
  return {
    channel: wanted.channel ?? 'email',
    subject: wanted.subject,
    body: wanted.body,
    scope: {
      customer,
      product: facts.product ?? {},
      trigger: { type: 'manual', payload: null },
      run: { id: 0, startedAt: new Date().toISOString() },
      node: {},
      org: { name: facts.orgName },
      ...wanted.scope,
    },
    from: { name: facts.orgName, address: 'preview@example.com' },
    to: typeof customer.email === 'string' ? customer.email : '',
    headerId: '<preview@example.com>',
    headers: {},
    links: { open: null, click: null, unsubscribe: `${base}/u/preview`, preferences: `${base}/p/preview` },
    postalAddress: facts.postalAddress,
    footer: true,
    mime: false,
  }
}

import type { App } from '../app.ts'
import { linkBase } from '../tracking/tokens.ts'
import type { CompiledWorkflow } from '../workflow/graph.ts'
import { type ClaimedMessage, claimMessages, loadTemplates, loadThreads } from './claim-sql.ts'
import type { RenderJob } from './compose.ts'
import type { DeliverPoint } from './deliver.ts'
import { loadGraph } from './deliver-sql.ts'
import { type Hours, hoursOf } from './hours.ts'
import type { ReadyMessage } from './lane.ts'
import { type MessageConfig, messageConfigOf, renderJobOf, type Sender } from './prepare.ts'
import type { Renderer, RenderResult } from './renderer.ts'
import { putBack, type Settlement } from './settle.ts'
import type { Settled } from './turn-sql.ts'

/** A message whose template fails is tried this often before it fails alone (TRUST F14). */
const renderTries = 3
const versionsKept = 200

/** Makes the function that claims and renders messages of one credential; workflows are read once a process. */
export function createRefill(options: {
  app: App
  renderer: Renderer
  worker: string
  leaseMs: number
  onPoint: (point: DeliverPoint) => void
}) {
  const { app, renderer, worker, leaseMs, onPoint } = options
  const { db, keys, log } = app
  const versions = new Map<number, CompiledWorkflow>()

  async function workflowOf(versionId: number | null): Promise<CompiledWorkflow | null> {
    if (versionId === null) return null
    const known = versions.get(versionId)
    if (known) return known
    const workflow = (await loadGraph(db, versionId)) as CompiledWorkflow | null
    if (workflow) {
      if (versions.size >= versionsKept) versions.delete(versions.keys().next().value ?? 0)
      versions.set(versionId, workflow)
    }
    return workflow
  }

  return (credential: { id: string; workspaceId: number }, from: Sender, mime: boolean) =>
    async (limit: number): Promise<{ ready: ReadyMessage[]; settled: Settled[] }> => {
      const claimed = await db
        .transaction()
        .execute((tx) => claimMessages(tx, { credentialId: credential.id, worker, limit, leaseMs }))
      if (claimed.length === 0) return { ready: [], settled: [] }
      onPoint('claimed')

      const configs = new Map<ClaimedMessage, MessageConfig | null>()
      const clickMatters = new Set<ClaimedMessage>()
      for (const message of claimed) {
        const workflow = await workflowOf(message.versionId)
        configs.set(message, messageConfigOf(workflow, message.nodeId))
        if (waitsForClick(workflow, message.nodeId)) clickMatters.add(message)
      }
      const named = [...configs.values()].flatMap((config) => config?.templateName ?? [])
      const templates = await loadTemplates(db, credential.workspaceId, [...new Set(named)])
      const threads = await loadThreads(
        db,
        claimed.filter((message) => configs.get(message)?.replyInThread).map((message) => message.runId),
      )

      const ready: ReadyMessage[] = []
      const settled: Settled[] = []
      const jobs: { message: ClaimedMessage; hours: Hours; job: RenderJob }[] = []
      for (const message of claimed) {
        const config = configs.get(message)
        const may = config ? hoursOf(message, config) : { hours: { until: null, dayStart: null } }
        const template = config?.templateName ? templates.get(config.templateName.toLowerCase()) : null
        if (!config) settled.push(failedAs(message, 'node_missing', 'The workflow has no such message node.'))
        else if ('opensAt' in may)
          settled.push({ ...identity(message), settlement: waitForWindow(message, may.opensAt) })
        else if (template === undefined) {
          settled.push(failedAs(message, 'template_missing', `There is no template “${config.templateName}”.`))
        } else if (message.address === null) ready.push(readyAs(message, may.hours, null, null))
        else {
          const thread = threads.get(message.runId) ?? []
          const base = linkBase(app.env)
          const around = { keys, base, from, config, template, thread, mime, clickMatters: clickMatters.has(message) }
          jobs.push({ message, hours: may.hours, job: renderJobOf(message, around) })
        }
      }
      const results = await renderStubbornly(jobs.map(({ job }) => job))
      jobs.forEach(({ message, hours, job }, index) => {
        const result = results[index]
        if (result?.ok) ready.push(readyAs(message, hours, job, result.message))
        else {
          const error = result?.error ?? 'It was not rendered.'
          log.warn({ messageId: message.id, error }, 'A message could not be rendered')
          settled.push(failedAs(message, 'render_failed', error))
        }
      })
      onPoint('rendered')
      return { ready, settled }
    }

  async function renderStubbornly(jobs: readonly RenderJob[]): Promise<RenderResult[]> {
    const results = await renderer.render(jobs)
    for (let attempt = 2; attempt <= renderTries; attempt += 1) {
      const failed = results.flatMap((result, index) => (result.ok ? [] : [index]))
      if (failed.length === 0) break
      const again = await renderer.render(failed.flatMap((index) => jobs[index] ?? []))
      failed.forEach((index, position) => {
        const result = again[position]
        if (result) results[index] = result
      })
    }
    return results
  }
}

function readyAs(
  message: ClaimedMessage,
  hours: Hours,
  job: RenderJob | null,
  rendered: ReadyMessage['rendered'],
): ReadyMessage {
  const { id, fence, attempt, workspaceId, campaignId, address } = message
  return { id, fence, attempt, workspaceId, campaignId, address: address ?? '', hours, job, rendered }
}

/** Whether the node has an edge for a click, or something listens for one at any point. */
const waitsForClick = (workflow: CompiledWorkflow | null, nodeId: string): boolean =>
  workflow !== null &&
  (workflow.nodes[nodeId]?.out.clicked !== undefined ||
    workflow.listeners.some((listener) => workflow.nodes[listener.nodeId]?.listens.includes('message.clicked')))

const identity = ({ id, fence }: ClaimedMessage) => ({ id, fence })

/** Back to the queue until its window opens: no try of it is used up. */
const waitForWindow = ({ now }: ClaimedMessage, opensAt: Date): Settlement => ({
  ...putBack(null, opensAt.getTime() - now.getTime()),
  reason: 'send_window',
})

const failedAs = (message: ClaimedMessage, reason: string, response: string): Settled => ({
  ...identity(message),
  settlement: {
    to: 'failed',
    reason,
    response,
    providerId: null,
    hard: false,
    afterMs: 0,
    free: false,
  } satisfies Settlement,
})

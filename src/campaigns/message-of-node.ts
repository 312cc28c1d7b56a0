import type { App } from '../app.ts'
import { catalogue, parseConfig } from '../catalogue/catalogue.ts'
import type { Channel } from '../engine/facts.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { channels } from '../messages/address-sql.ts'
import { channelOf } from '../workflow/channel.ts'
import { findTemplates } from './preflight-sql.ts'
import { findDraft } from './workflow-queries.ts'

/** What a message node of the draft would say, and how. */
export interface NodeMessage {
  nodeId: string
  channel: Channel
  credentialId: string
  subject: string
  body: string
  productId: string | null
  /** Whether the footer offers to unsubscribe. */
  footer: boolean
  transactional: boolean
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value.trim() : '')

/**
 * Reads a message node of a campaign's draft, its template filled in. @throws Problem `not_found` for the campaign, `invalid` for a node
 * that is not there or sends nothing, `invalid_workflow` when its config has errors
 */
export async function messageOfNode(
  app: App,
  workspaceId: number,
  campaignId: string,
  nodeId: string,
): Promise<NodeMessage> {
  const draft = await findDraft(app.db, workspaceId, campaignId)
  if (!draft) throw notFound('campaign')
  const node = draft.nodes.find(({ id }) => id === nodeId)
  if (!node) throw invalidField('nodeId', 'unknown_node', 'The draft has no such step.')
  const { config, issues } = parseConfig(node.type, node.config)
  if (catalogue[node.type] && catalogue[node.type]?.sends === null) {
    throw invalidField('nodeId', 'not_a_message', `“${node.title || node.id}” sends no message.`)
  }
  const named = config && channelOf(catalogue[node.type], config)
  const channel = channels.find((one) => one === named)
  if (!config || !channel) {
    const errors = issues
      .filter(({ severity }) => severity === 'error')
      .map(({ field, code, message }) => ({ path: `nodes.${nodeId}.config.${field}`, code, message }))
    throw new Problem('invalid_workflow', errors[0]?.message ?? 'The step is not complete.', { errors })
  }
  const templateName = textOf(config.templateName)
  const template = (await findTemplates(app.db, workspaceId, templateName === '' ? [] : [templateName])).get(
    templateName,
  )
  if (templateName !== '' && !template) {
    const message = `There is no template “${templateName}”.`
    throw new Problem('invalid_workflow', message, {
      errors: [{ path: `nodes.${nodeId}.config.templateName`, code: 'unknown_template', message }],
    })
  }
  return {
    nodeId,
    channel,
    credentialId: textOf(config.credentialId),
    subject: textOf(config.subject) || (template?.subject ?? ''),
    body: textOf(config.body) || (template?.body ?? ''),
    productId: textOf(config.productId) || null,
    footer: config.unsubscribeLink !== false,
    transactional: config.transactional === true,
  }
}

import ipaddr from 'ipaddr.js'
import type { FieldError } from '../errors.ts'
import type { CompiledWorkflow, GraphProblem } from '../workflow/graph.ts'

/** Something that stands in the way of activating (a blocker), or that a person should know first (a warning). */
export interface Finding {
  code: string
  message: string
  fix?: string
  nodeId?: string
  edgeId?: string
  /** Inside the node's config. */
  field?: string
  /** Of those who would enroll. */
  count?: number
}

/** A sending account as pre-flight looks at it. */
export interface UsedCredential {
  id: string
  name: string
  type: string
  health: string
  limits: { perSecond?: number; perHour?: number; perDay?: number }
  /** An SMTP server that is not on the public internet: a test relay. */
  isPrivate: boolean
}

/** What a campaign is checked against before it may send real mail (PRODUCT §7). */
export interface Surroundings {
  hasAudience: boolean
  credentials: readonly UsedCredential[]
  postalAddress: string | null
  publicUrl: string | undefined
}

/** Whether links with this base can be opened by anybody: https, and a name or address on the public internet. */
export function isPublicHttps(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:') return false
  const host = hostname.replace(/^\[|\]$/g, '')
  if (ipaddr.isValid(host)) return ipaddr.process(host).range() === 'unicast'
  return host.includes('.') && !/\.(localhost|local|internal|lan|home\.arpa|test|example|invalid)\.?$/.test(host)
}

/** What blocks activation beside the graph, in the order in which a person would go about it. */
export function blockersOf({ hasAudience, credentials, postalAddress, publicUrl }: Surroundings): Finding[] {
  const findings: Finding[] = []
  if (!hasAudience) {
    findings.push({
      code: 'no_audience',
      field: 'audience',
      message: 'The campaign has no audience.',
      fix: 'Choose all customers, a segment or a list.',
    })
  }
  for (const { name, health } of credentials) {
    if (health !== 'dead') continue
    findings.push({
      code: 'credential_dead',
      message: `The sender “${name}” was refused by its server: nothing can be sent with it.`,
      fix: 'Repair it under Settings → Credentials and test it.',
    })
  }
  if (!credentials.some(({ type, isPrivate }) => type === 'smtp' && !isPrivate)) return findings
  if (!postalAddress?.trim()) {
    findings.push({
      code: 'no_postal_address',
      field: 'workspace.postalAddress',
      message: 'Real email needs a postal address in its footer.',
      fix: 'Set it under Settings → Workspace.',
    })
  }
  if (!isPublicHttps(publicUrl)) {
    findings.push({
      code: 'no_public_url',
      field: 'PUBLIC_URL',
      message: 'Unsubscribe and tracking links in real email need a public https:// address of this server.',
      fix: 'Start it with PUBLIC_URL=https://… under which the world reaches it.',
    })
  }
  return findings
}

/** What was checked and is in order, as sentences, in the order of the checks. */
export function passedChecks(
  { hasAudience, credentials, postalAddress, publicUrl }: Surroundings,
  graph: { steps: number; isValid: boolean },
): string[] {
  const alive = credentials.filter(({ health }) => health !== 'dead').map(({ name }) => `“${name}”`)
  const sendsRealMail = credentials.some(({ type, isPrivate }) => type === 'smtp' && !isPrivate)
  const said = [
    graph.isValid && `The workflow is valid: ${graph.steps} ${graph.steps === 1 ? 'step' : 'steps'} checked.`,
    hasAudience && 'An audience is chosen.',
    alive.length > 0 && `${alive.length === 1 ? 'The sender' : 'The senders'} ${alive.join(', ')} can be used.`,
    sendsRealMail && postalAddress?.trim() && 'The footer has a postal address.',
    sendsRealMail && isPublicHttps(publicUrl) && 'Links lead to a public https:// address.',
  ]
  return said.filter((one): one is string => typeof one === 'string' && one !== '')
}

/** A graph problem as a finding. */
export const findingOf = ({ severity: _, ...problem }: GraphProblem): Finding => problem

/** Findings as the `errors[]` of a problem document: the path names the field, or the node and its field. */
export const errorsOf = (findings: readonly Finding[]): FieldError[] =>
  findings.map(({ nodeId, edgeId, field, code, message, fix }) => ({
    path: nodeId
      ? `nodes.${nodeId}${field ? `.config.${field}` : ''}`
      : edgeId
        ? `edges.${edgeId}`
        : (field ?? 'workflow'),
    code,
    message: fix ? `${message} ${fix}` : message,
  }))

/** The most messages that one customer can get on any way through the workflow, counting the nodes that `counts` picks. */
export function mostMessages(workflow: CompiledWorkflow, counts: (nodeId: string) => boolean): number {
  const most = new Map<string, number>()
  const visit = (id: string): number => {
    const known = most.get(id)
    if (known !== undefined) return known
    const below = Object.values(workflow.nodes[id]?.out ?? {}).map(visit)
    const value = Math.max(0, ...below) + (counts(id) ? 1 : 0)
    most.set(id, value)
    return value
  }
  return visit(workflow.start)
}

/** What one process hands over when no limit holds it back, in messages a second: a careful guess for the estimate. */
const unlimitedPerSecond = 100

/** A sender's limit that decides how fast it hands over, and how long that takes in seconds: its limits begin full. */
export interface Pace {
  seconds: number
  /** null = no limit of its own. */
  limit: { count: number; per: 'second' | 'hour' | 'day' } | null
}

/** How long `messages` take through a sender. */
export function sendingPace(messages: number, { perSecond, perHour, perDay }: UsedCredential['limits']): Pace {
  const over = (count: number | undefined, per: 'hour' | 'day', seconds: number): Pace =>
    count === undefined || count <= 0
      ? { seconds: 0, limit: null }
      : { seconds: (Math.max(0, messages - count) / count) * seconds, limit: { count, per } }
  const isLimited = perSecond !== undefined && perSecond < unlimitedPerSecond
  const paces: Pace[] = [
    {
      seconds: messages / (isLimited ? perSecond : unlimitedPerSecond),
      limit: isLimited ? { count: perSecond, per: 'second' } : null,
    },
    over(perHour, 'hour', 3_600),
    over(perDay, 'day', 86_400),
  ]
  const slowest = paces.reduce((slow, pace) => (pace.seconds > slow.seconds ? pace : slow))
  return { ...slowest, seconds: Math.ceil(slowest.seconds) }
}

/** The customer fields that a message's text names, as paths such as `firstName` or `attributes.plan`; with `bare` only those without a `default`. */
export function fieldsNamed(text: string, { bare }: { bare: boolean }): string[] {
  const fields = new Set<string>()
  for (const [, output = ''] of text.matchAll(/\{\{-?([^{}]*)-?\}\}/g)) {
    const path = /^\s*customer\.([\p{L}\p{N}_.-]+)/u.exec(output)?.[1]
    if (path !== undefined && !(bare && /\|\s*default\s*:/.test(output))) fields.add(path.replace(/-$/, ''))
  }
  return [...fields]
}

/** What a hit turned out to be. `pending`: a click that is judged with what else happens within 90 s. `proxy`: a mail program's server opened it, with or without its person. */
export type HitVerdict = 'human' | 'machine' | 'proxy' | 'pending'

/** One request to a public link. */
export interface Hit {
  kind: 'open' | 'click' | 'unsubscribe_page'
  method: string
  userAgent: string | null
  /** `Purpose` or `Sec-Purpose` of the request. */
  purpose: string | null
  /** Since the provider took the message, in ms; null when that is not known. */
  sinceAcceptedMs: number | null
}

/** A click is decided this long after it (TRUST §1.9). */
export const clickDecisionMs = 90_000

const imageProxies = /GoogleImageProxy|YahooMailProxy|ggpht\.com/i
/** Link scanners of mail gateways that say who they are. */
const gateways =
  /safelinks|proofpoint|mimecast|barracuda|cisco|ironport|trend ?micro|sophos|forcepoint|symantec|messagelabs|fireeye|trellix|zscaler|mailscanner|urldefense|cloudmark|bitdefender|microsoft office|msoffice/i
const robots =
  /bot\b|crawler|spider|preview|slurp|facebookexternalhit|headlesschrome|python-requests|go-http-client|curl\/|wget\/|okhttp|libwww|java\//i

/** The verdict that a hit gets at once (TRUST §1.9, version 1). Pure, so that it can be run again over what was stored. */
export function verdictAtHit({ kind, method, userAgent, purpose, sinceAcceptedMs }: Hit): HitVerdict {
  const agent = userAgent ?? ''
  if (method === 'HEAD' || /prefetch|preview/i.test(purpose ?? '')) return 'machine'
  if (kind === 'unsubscribe_page') return 'pending'
  if (kind === 'click') return gateways.test(agent) || robots.test(agent) ? 'machine' : 'pending'
  if (agent === 'Mozilla/5.0') return 'proxy'
  const isEarly = sinceAcceptedMs !== null && sinceAcceptedMs < 10_000
  if (imageProxies.test(agent)) return isEarly ? 'machine' : 'human'
  return gateways.test(agent) || robots.test(agent) ? 'machine' : 'human'
}

/** A stored hit of one message. */
export interface StoredHit {
  id: number
  kind: Hit['kind']
  link: number | null
  /** IP network; null when it says nothing (a proxy of our own). */
  network: string | null
  verdict: HitVerdict
  atMs: number
  /** The same network hit five or more recipients of the campaign within 10 s. */
  crowded: boolean
}

const burstMs = 2_000
const sweepMs = 60_000
const suspectMs = 5_000

/**
 * Judges the pending clicks of one message by all of its hits (TRUST §1.9). A scanner follows many links at once, comes right after the
 * message was taken, or goes over a whole campaign; a person clicks one link, some time later.
 */
export function judgeClicks(
  hits: readonly StoredHit[],
  { links, acceptedAtMs }: { links: number; acceptedAtMs: number | null },
): Map<number, 'human' | 'machine'> {
  const visits = hits.filter((hit) => hit.kind !== 'open')
  const clicks = hits.filter((hit) => hit.kind === 'click')
  const verdicts = new Map<number, 'human' | 'machine'>()
  for (const hit of visits) {
    if (hit.verdict === 'pending') verdicts.set(hit.id, isMachine(hit, visits, clicks, links) ? 'machine' : 'human')
  }
  for (const hit of visits) {
    const isSuspect = acceptedAtMs !== null && hit.atMs - acceptedAtMs < suspectMs
    // So early, only a second look from elsewhere speaks for a person.
    const seenElsewhere = visits.some((other) => other.network !== hit.network && verdicts.get(other.id) === 'human')
    if (isSuspect && verdicts.get(hit.id) === 'human' && !seenElsewhere) verdicts.set(hit.id, 'machine')
  }
  return verdicts
}

function isMachine(hit: StoredHit, visits: readonly StoredHit[], clicks: readonly StoredHit[], links: number): boolean {
  if (hit.crowded) return true
  const near = (other: StoredHit, ms: number) => Math.abs(other.atMs - hit.atMs) <= ms
  const distinct = (ms: number) => new Set(clicks.filter((click) => near(click, ms)).map((click) => click.link)).size
  if (hit.kind === 'click' && distinct(burstMs) >= 2) return true
  if (hit.kind === 'click' && links >= 3 && distinct(sweepMs) >= links * 0.8) return true
  // Whoever opens the unsubscribe page and a link in one breath reads neither.
  if (hit.kind === 'click') return visits.some((other) => other.kind === 'unsubscribe_page' && near(other, burstMs))
  return clicks.some((click) => near(click, burstMs))
}

import type { Channel } from '../engine/facts.ts'
import type { Now } from './now.ts'
import type { Run } from './queries.ts'

/** What is known of one customer and one campaign. */
export interface WhyFacts {
  campaign: { status: string; enroll: 'keep' | 'now' | 'none' }
  audience: { type: 'all' | 'segment' | 'list'; segmentName: string | null } | null
  /** Of a segment of rules: a sentence for each rule by which they are outside (“country is VN: it is DE”). */
  failing: string[]
  excludedBy: string | null
  matched: boolean
  excluded: boolean
  archived: boolean
  /** The channels on which the campaign writes: their address there, and why nothing is sent to it, when it is suppressed. */
  channels: { channel: Channel; address: string | null; suppressed: string | null }[]
  /** They had as many marketing messages today as the workspace allows. */
  capped: boolean
  /** The last passage, if there was one. */
  run: (Pick<Run, 'id' | 'entry' | 'status' | 'reason' | 'finishedAt'> & { now: Now | null }) | null
}

/** One answer to "why is this customer (not) in this campaign?". */
export interface Because {
  code: string
  text: string
}

/** Answers why a customer is in a campaign, was, will be or is not, the deciding reason first (PRODUCT §2, "Enrolling"). */
export function explain(facts: WhyFacts): { in: boolean; because: Because[] } {
  const { run } = facts
  const reach = reachability(facts)
  if (run?.now) return { in: true, because: [{ code: 'inside', text: `They are in it. ${run.now.text}` }, ...reach] }
  if (run) {
    const day = run.finishedAt ? ` on ${run.finishedAt.toISOString().slice(0, 10)}` : ''
    const how = run.reason ? `${run.status}, ${run.reason}` : run.status
    const text =
      run.reason === 'holdout'
        ? 'They are held out of this campaign, to compare with those who went through.'
        : `They went through it${day} (${how}); only an admin can re-enroll them.`
    return { in: false, because: [{ code: run.reason === 'holdout' ? 'holdout' : 'went-through', text }, ...reach] }
  }
  const out = notMatched(facts)
  if (out) return { in: false, because: [out] }
  return { in: false, because: [notYet(facts), ...reach] }
}

function notMatched({ audience, matched, failing, excluded, excludedBy, archived }: WhyFacts): Because | null {
  if (archived) return { code: 'archived', text: 'They are archived; archived customers enroll nowhere.' }
  if (!audience) return { code: 'no-audience', text: 'The campaign has no audience yet.' }
  if (!matched) {
    const where =
      audience.type === 'segment' ? `in the segment “${audience.segmentName ?? ''}”` : 'on the campaign’s list'
    const rules = failing.length > 0 ? ` What fails: ${failing.join('; ')}.` : ''
    return { code: 'not-matched', text: `They are not ${where}.${rules}` }
  }
  if (excluded)
    return { code: 'excluded', text: `They are in the segment “${excludedBy ?? ''}”, which the campaign leaves out.` }
  return null
}

function notYet({ campaign: { status, enroll } }: WhyFacts): Because {
  if (status !== 'active')
    return { code: 'not-active', text: `They match, but the campaign is ${status} and enrolls nobody.` }
  if (enroll === 'keep') return { code: 'enrolls-soon', text: 'They match and will enroll within a minute.' }
  return { code: 'not-fired', text: 'They match, and enroll when somebody presses Run now or enrolls them.' }
}

const words: Record<Channel, { address: string; steps: string }> = {
  email: { address: 'email address', steps: 'email' },
  telegram: { address: 'Telegram chat', steps: 'Telegram' },
  linkedin: { address: 'LinkedIn profile', steps: 'LinkedIn' },
}

/** What awaits those who enroll at a message. */
function reachability({ channels, capped }: WhyFacts): Because[] {
  const because = channels.flatMap(({ channel, address, suppressed }): Because[] => {
    const { address: kind, steps } = words[channel]
    if (address === null) return [{ code: 'no-address', text: `They have no ${kind}: ${steps} steps pass them over.` }]
    if (suppressed === null) return []
    const text = `They are on the suppression list (${suppressed}): ${steps} steps pass them over.`
    return [{ code: 'suppressed', text }]
  })
  if (!capped) return because
  const text =
    'They had as many marketing messages today as the workspace allows: the next is passed over until tomorrow.'
  return [...because, { code: 'capped', text }]
}

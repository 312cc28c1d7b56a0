import { namedIn } from '../segments/rules.ts'
import { eachRule, type SegmentRule } from '../workflow/segment-rules.ts'

/** What may make a customer match an audience, or match it no more, whatever the audience is: a change of theirs, or of the lists they are on. */
const always = ['customer.created', 'customer.updated', 'customer.tagged', 'customer.untagged', 'customer.archived']

/** What rules about a campaign go by beside its runs. */
const ofMessages = ['message.sent', 'message.opened', 'message.clicked', 'message.replied', 'message.bounced']

/** The events after which a customer may match rules or match them no more: those of their row, and whatever the rules look at. */
export function changesFor(rules: readonly SegmentRule[]): Set<string> {
  const names = new Set(always)
  for (const each of rules) {
    const named = namedIn(each)
    for (const name of named.events) names.add(name)
    if (named.products.length > 0) names.add('score.changed')
    for (const { rule } of eachRule(each)) {
      if (!('campaign' in rule)) continue
      for (const name of ['run.started', 'run.finished', ...ofMessages]) names.add(name)
    }
  }
  return names
}

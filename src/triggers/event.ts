import { z } from 'zod'
import { eventFilter, eventName } from '../nodes/event.ts'
import { conditionWords, isUnary } from '../workflow/conditions.ts'
import { type EventFilter, passes } from '../workflow/event-filter.ts'
import { busNameOf } from '../workflow/event-names.ts'
import { defineTrigger } from './kind.ts'

const config = z.strictObject({ event: eventName, filter: eventFilter })
type EventConfig = z.output<typeof config>

const ruleText = ({ input, condition, value }: EventFilter['rules'][number]): string =>
  `${input} ${conditionWords[condition]}${isUnary(condition) ? '' : ` ${value}`}`

export default defineTrigger({
  type: 'event',
  config,
  byItself: true,
  sentence({ event, filter }) {
    const rules = filter?.rules.map(ruleText) ?? []
    const only = rules.length === 0 ? '' : ` where ${rules.join(filter?.match === 'any' ? ' or ' : ' and ')}`
    return `When “${event}” happens to a customer${only}`
  },
})

/** Whether the trigger means an event of the bus. */
export const means = (
  { event, filter }: EventConfig,
  happened: { name: string; properties: Record<string, unknown> },
) => busNameOf(event) === happened.name && passes(filter, happened.properties)

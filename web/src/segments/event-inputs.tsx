import { Autocomplete, NumberInput } from '@mantine/core'
import { type LeafRule, readSpan } from '../../../src/workflow/segment-rules.ts'
import { useTags } from '../parts/choices.ts'
import { type RuleInputsOf, Words } from './rule-choice.tsx'
import { SpanInput } from './span-input.tsx'

const eventNames = [
  ...[
    'message.opened',
    'message.clicked',
    'message.replied',
    'message.sent',
    'message.bounced',
    'message.unsubscribed',
  ],
  ...['customer.handoff', 'customer.created', 'score.changed'],
]

/** Whether they have a tag. */
export function TagInputs({ rule, name, onChange }: RuleInputsOf<Extract<LeafRule, { tag: string }>>) {
  const tags = useTags()
  const ops = [
    { value: 'contains', label: 'has' },
    { value: 'not-contains', label: 'has not' },
    { value: 'starts-with', label: 'one starts with' },
    { value: 'ends-with', label: 'one ends with' },
  ] as const
  const op =
    { equals: 'contains', in: 'contains', 'not-equals': 'not-contains', 'not-in': 'not-contains' }[rule.op as 'in'] ??
    rule.op
  return (
    <>
      <Words
        label={`${name}: comparison`}
        data={ops}
        value={op as (typeof ops)[number]['value']}
        width={160}
        onChange={(next) => onChange({ ...rule, op: next })}
      />
      <Autocomplete
        aria-label={`${name}: tag`}
        data={tags}
        value={rule.tag}
        placeholder="vip"
        maxLength={100}
        onChange={(tag) => onChange({ ...rule, tag })}
        style={{ flex: '1 1 140px' }}
      />
    </>
  )
}

/** Whether they did something, how often, and since when. */
export function EventInputs({ rule, name, onChange }: RuleInputsOf<Extract<LeafRule, { event: string }>>) {
  const { within: _, count: __, ...rest } = rule
  const span = readSpan(rule.within)
  return (
    <>
      <Words
        label={`${name}: did or did not`}
        data={[
          { value: 'did', label: 'did' },
          { value: 'not', label: 'did not do' },
        ]}
        value={rule.did ? 'did' : 'not'}
        width={120}
        onChange={(next) => onChange({ ...rule, did: next === 'did' })}
      />
      <Autocomplete
        aria-label={`${name}: event`}
        data={eventNames}
        value={rule.event}
        placeholder="deal.won"
        maxLength={100}
        onChange={(event) => onChange({ ...rule, event })}
        style={{ flex: '1 1 170px' }}
      />
      <NumberInput
        aria-label={`${name}: at least so many times`}
        prefix="at least "
        suffix={rule.count === 1 || rule.count === undefined ? ' time' : ' times'}
        min={1}
        max={1_000_000}
        value={rule.count ?? 1}
        onChange={(value) =>
          onChange({
            ...rest,
            ...(span && { within: rule.within }),
            ...(typeof value === 'number' && value > 1 && { count: value }),
          })
        }
        w={140}
      />
      <SpanInput
        name={`${name}: since when`}
        op="within"
        value={rule.within ?? ''}
        optional
        onChange={(within) =>
          onChange({
            ...rest,
            ...(rule.count !== undefined && { count: rule.count }),
            ...(within !== undefined && { within }),
          })
        }
      />
    </>
  )
}

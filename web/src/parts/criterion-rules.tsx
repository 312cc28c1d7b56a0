import { ActionIcon, Autocomplete, Button, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { type Condition, conditions, conditionWords, isUnary } from '../../../src/workflow/conditions.ts'
import { commonVariables } from '../form/context.ts'
import { suggestUntilChosen } from '../form/widget.ts'

/** What is compared: a field of the customer, or a property of an event. */
interface Comparison {
  input: string
  condition: Condition
  value?: string | number | boolean | undefined
}
/** A line of a profile criterion. */
export interface ProfileRule extends Comparison {
  points: number
}
/** A line of an engagement criterion; at most its first filter rule is edited here, the others are kept. */
export interface EngagementRule {
  event: string
  filter?: { match: 'all' | 'any'; rules: Comparison[] } | undefined
  delta: number
}

/** What the server says of a part of a rule: of `input`, `filter.rules.0.value` or another; '' = of the rule as a whole. */
export interface RuleFault {
  part: string
  text: string
}
/** The sentence, where it is of this part. */
const at = (fault: RuleFault | undefined, part: string): string | undefined =>
  fault?.part === part ? fault.text : undefined
const comparedParts = ['input', 'condition', 'value']
const filterParts = comparedParts.map((part) => `filter.rules.0.${part}`)

const conditionChoices = conditions.map((value) => ({ value, label: conditionWords[value] }))
const fieldPaths = commonVariables.filter(({ group }) => group === 'Customer').map(({ path }) => path)
const eventNames = [
  ...['replied', 'clicked', 'opened', 'bounced', 'unsubscribed', 'customer.tagged', 'customer.handoff', 'deal.won'],
]

function CompareFields({
  rule,
  what,
  paths,
  placeholder,
  fault,
  within = '',
  onChange,
}: {
  rule: Comparison
  what: string
  paths: readonly string[]
  placeholder: string
  fault: RuleFault | undefined
  /** Where the comparison stands in the rule: '' or `filter.rules.0.`. */
  within?: string
  onChange(rule: Comparison): void
}) {
  return (
    <>
      <Autocomplete
        aria-label={`${what}: what to look at`}
        error={at(fault, `${within}input`)}
        placeholder={placeholder}
        data={[...paths]}
        filter={suggestUntilChosen(rule.input)}
        value={rule.input}
        onChange={(input) => onChange({ ...rule, input })}
        style={{ flex: '2 1 170px' }}
      />
      <Select
        aria-label={`${what}: condition`}
        error={at(fault, `${within}condition`)}
        data={conditionChoices}
        value={rule.condition}
        allowDeselect={false}
        onChange={(condition) => onChange({ ...rule, condition: (condition ?? 'equals') as Condition })}
        style={{ flex: '1 1 130px' }}
      />
      {!isUnary(rule.condition) && (
        <TextInput
          aria-label={`${what}: value`}
          error={at(fault, `${within}value`)}
          value={rule.value === undefined ? '' : String(rule.value)}
          onChange={(event) => onChange({ ...rule, value: event.currentTarget.value })}
          style={{ flex: '1 1 110px' }}
        />
      )}
    </>
  )
}

interface EditorProps<Rule> {
  rules: Rule[]
  onChange(rules: Rule[]): void
  /** What the server says of a rule, by its position. */
  faultOf(index: number): RuleFault | undefined
}

/** Rules over the profile: each one that holds adds its points. */
export function ProfileRules({ rules, onChange, faultOf }: EditorProps<ProfileRule>) {
  const put = (index: number, rule: ProfileRule) => onChange(rules.map((old, at) => (at === index ? rule : old)))
  return (
    <Stack gap={8}>
      <Text size="xs" c="dimmed">
        The score is the sum of the points of all rules that hold, from -1 to 1, and follows each change of the customer
        or their company. Without rules it is set by people, steps and imports.
      </Text>
      {rules.map((rule, index) => (
        <Row
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; rows are replaced as a whole
          key={index}
          fault={faultOf(index)}
          atFields={[...comparedParts, 'points']}
          number={index + 1}
          onRemove={() => onChange(without(rules, index))}
        >
          <CompareFields
            rule={rule}
            what={`Rule ${index + 1}`}
            paths={fieldPaths}
            placeholder="customer.country"
            fault={faultOf(index)}
            onChange={(compared) => put(index, { ...rule, ...compared })}
          />
          <Points
            label={`Rule ${index + 1}: points`}
            value={rule.points}
            limit={1}
            error={at(faultOf(index), 'points')}
            onChange={(points) => put(index, { ...rule, points })}
          />
        </Row>
      ))}
      <Add onAdd={() => onChange([...rules, { input: '', condition: 'equals', value: '', points: 0.2 }])} />
    </Stack>
  )
}

/** Rules over events: each event that one means moves the score. */
export function EngagementRules({ rules, onChange, faultOf }: EditorProps<EngagementRule>) {
  const put = (index: number, rule: EngagementRule) => onChange(rules.map((old, at) => (at === index ? rule : old)))
  return (
    <Stack gap={8}>
      <Text size="xs" c="dimmed">
        Each time one of these events is recorded for a customer, their score moves. Steps of campaigns move it, too.
      </Text>
      {rules.map((rule, index) => {
        const [first, ...others] = rule.filter?.rules ?? []
        const filtered = (one: Comparison | null) => {
          const { filter: _, ...bare } = rule
          put(index, one ? { ...bare, filter: { match: rule.filter?.match ?? 'all', rules: [one, ...others] } } : bare)
        }
        return (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; rows are replaced as a whole
            key={index}
            fault={faultOf(index)}
            atFields={['event', 'delta', ...filterParts]}
            number={index + 1}
            onRemove={() => onChange(without(rules, index))}
          >
            <Autocomplete
              aria-label={`Rule ${index + 1}: event`}
              error={at(faultOf(index), 'event')}
              placeholder="replied, deal.won, …"
              data={eventNames}
              value={rule.event}
              onChange={(event) => put(index, { ...rule, event })}
              style={{ flex: '2 1 150px' }}
            />
            {first ? (
              <CompareFields
                rule={first}
                what={`Rule ${index + 1}, only if`}
                paths={[]}
                placeholder="amount"
                fault={faultOf(index)}
                within="filter.rules.0."
                onChange={filtered}
              />
            ) : (
              <Button
                variant="subtle"
                size="compact-sm"
                onClick={() => filtered({ input: '', condition: 'equals', value: '' })}
              >
                Only if…
              </Button>
            )}
            {others.length > 0 && (
              <Text size="xs" c="dimmed">
                and {others.length} more
              </Text>
            )}
            {first && others.length === 0 && (
              <Button variant="subtle" size="compact-sm" onClick={() => filtered(null)}>
                Any
              </Button>
            )}
            <Points
              label={`Rule ${index + 1}: change`}
              value={rule.delta}
              limit={2}
              error={at(faultOf(index), 'delta')}
              onChange={(delta) => put(index, { ...rule, delta })}
            />
          </Row>
        )
      })}
      <Add onAdd={() => onChange([...rules, { event: '', delta: 0.1 }])} />
    </Stack>
  )
}

const without = <Rule,>(rules: readonly Rule[], index: number): Rule[] => rules.filter((_, at) => at !== index)

function Row({
  number,
  fault,
  atFields,
  onRemove,
  children,
}: {
  number: number
  fault: RuleFault | undefined
  /** The parts that have a field, at which it is said. */
  atFields: readonly string[]
  onRemove(): void
  children: ReactNode
}) {
  return (
    <div className="tl-card" style={{ padding: 8 }}>
      <Group gap={6} wrap="nowrap" align="start">
        <Group gap={6} align="start" style={{ flex: 1 }}>
          {children}
        </Group>
        <ActionIcon size={36} aria-label={`Remove rule ${number}`} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      {fault && !atFields.includes(fault.part) && (
        <Text size="xs" c="var(--mantine-color-error)" mt={4} role="alert">
          {fault.text}
        </Text>
      )}
    </div>
  )
}

function Points({
  label,
  value,
  limit,
  error,
  onChange,
}: {
  label: string
  value: number
  limit: number
  error: string | undefined
  onChange(value: number): void
}) {
  return (
    <NumberInput
      aria-label={label}
      value={value}
      min={-limit}
      max={limit}
      clampBehavior="none"
      error={error}
      step={0.1}
      decimalScale={3}
      prefix={value > 0 ? '+' : ''}
      w={90}
      onChange={(next) => onChange(Number(next) || 0)}
    />
  )
}

function Add({ onAdd }: { onAdd(): void }) {
  return (
    <Button
      size="compact-sm"
      variant="light"
      leftSection={<IconPlus size={14} />}
      onClick={onAdd}
      style={{ alignSelf: 'start' }}
    >
      Add rule
    </Button>
  )
}

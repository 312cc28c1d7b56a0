import { Autocomplete, Button, SegmentedControl, Stack, Text } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { type Rule, RuleRow } from '../form/rule-widgets.tsx'
import { useApi } from '../query.ts'

export interface EventConfig {
  event: string
  filter: { match: 'all' | 'any'; rules: Rule[] }
}

/** Which event fires: names seen so far are offered, and so are the names of their properties. */
export function EventFields({
  value,
  onChange,
  errors,
}: {
  value: EventConfig
  onChange(value: EventConfig): void
  errors: Record<string, string | undefined>
}) {
  const names = useApi('GET /events/names', {}, { staleTime: 15_000 })
  const seen = names.data?.items ?? []
  const paths = seen.find(({ name }) => name === value.event)?.properties ?? []
  const { match, rules } = value.filter
  const putRules = (next: Rule[]) => onChange({ ...value, filter: { match, rules: next } })
  const groups = [
    { group: 'Seen so far', items: seen.filter(({ builtIn }) => !builtIn).map(({ name }) => name) },
    { group: 'From Throughline', items: seen.filter(({ builtIn }) => builtIn).map(({ name }) => name) },
  ].filter(({ items }) => items.length > 0)
  return (
    <Stack gap={14}>
      <Autocomplete
        label="Event"
        description="One that was seen, or any name that POST /events will bring, as in deal.won"
        required
        data-autofocus
        data={groups}
        value={value.event}
        onChange={(event) => onChange({ ...value, event })}
        error={errors['config.event']}
        placeholder="deal.won"
      />
      <div>
        <Text fw={500} size="sm">
          Only if
        </Text>
        <Text size="sm" c="dimmed" mb={8}>
          Without rules, every such event counts.
        </Text>
        <Stack gap={8}>
          {rules.length > 1 && (
            <SegmentedControl
              aria-label="How the rules go together"
              size="xs"
              style={{ alignSelf: 'start' }}
              value={match}
              onChange={(next) => onChange({ ...value, filter: { match: next as 'all' | 'any', rules } })}
              data={[
                { value: 'all', label: 'All of them hold' },
                { value: 'any', label: 'Any of them holds' },
              ]}
            />
          )}
          {rules.map((rule, index) => (
            <RuleRow
              // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; rows are replaced as a whole
              key={index}
              rule={rule}
              path={`config.filter.rules.${index}`}
              error={errors[`config.filter.rules.${index}`]}
              number={index + 1}
              paths={paths}
              placeholder="amount"
              onChange={(next) => putRules(rules.map((old, at) => (at === index ? next : old)))}
              onRemove={() => putRules(rules.filter((_, at) => at !== index))}
            />
          ))}
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={() => putRules([...rules, { input: '', condition: 'equals', value: '' }])}
            style={{ alignSelf: 'start' }}
          >
            Add rule
          </Button>
        </Stack>
      </div>
    </Stack>
  )
}

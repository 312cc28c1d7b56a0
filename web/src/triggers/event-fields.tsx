import {
  ActionIcon,
  Autocomplete,
  Button,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { conditionWords, isUnary } from '../../../src/workflow/conditions.ts'
import { useApi } from '../query.ts'

interface Rule {
  input: string
  condition: keyof typeof conditionWords
  value?: string | number | boolean
}

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
            <FilterRow
              // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; rows are replaced as a whole
              key={index}
              rule={rule}
              error={errors[`config.filter.rules.${index}`]}
              number={index + 1}
              paths={paths}
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

/** One row of “property · is · value”. Not that of the builder's forms: sharing it would make the builder heavier. */
function FilterRow({
  rule,
  error,
  number,
  paths,
  onChange,
  onRemove,
}: {
  rule: Rule
  error: string | undefined
  number: number
  /** Properties that events of the name were seen with. */
  paths: string[]
  onChange(rule: Rule): void
  onRemove(): void
}) {
  return (
    <div>
      <Group gap={6} wrap="nowrap" align="start">
        <Autocomplete
          aria-label={`Rule ${number}: property`}
          placeholder="amount"
          data={paths}
          value={rule.input}
          onChange={(input) => onChange({ ...rule, input })}
          style={{ flex: 1 }}
        />
        <Select
          aria-label={`Rule ${number}: condition`}
          data={Object.entries(conditionWords).map(([value, label]) => ({ value, label }))}
          value={rule.condition}
          allowDeselect={false}
          onChange={(condition) => onChange({ ...rule, condition: (condition ?? 'equals') as Rule['condition'] })}
          style={{ flex: 1 }}
        />
        {!isUnary(rule.condition) && (
          <TextInput
            aria-label={`Rule ${number}: value`}
            value={String(rule.value ?? '')}
            onChange={(event) => onChange({ ...rule, value: event.currentTarget.value })}
            style={{ flex: 1 }}
          />
        )}
        <ActionIcon aria-label={`Remove rule ${number}`} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      {error && (
        <Text size="xs" c="var(--mantine-color-error)">
          {error}
        </Text>
      )}
    </div>
  )
}

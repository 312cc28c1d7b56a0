import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Input,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react'
import { conditionWords } from '../builder/sentence.ts'
import { useFormContext } from './context.ts'
import { problemOf, problemsBelow, type Schema } from './schema.ts'

import { asText, suggestUntilChosen, useTyped, type WidgetProps } from './widget.ts'

interface Rule {
  input?: string
  condition?: string
  value?: unknown
}

const conditions = [
  'equals',
  'not-equals',
  'greater-than',
  'less-than',
  'contains',
  'not-contains',
  'starts-with',
  'ends-with',
  'empty',
  'not-empty',
]

/** Rows of "field · is · value". */
export function RulesWidget(props: WidgetProps) {
  const { readOnly } = useFormContext()
  const { variables } = useFormContext()
  const rules: Rule[] = Array.isArray(props.value) ? props.value : []
  const looksAt = ((props.schema.items as Schema | undefined)?.properties as Record<string, Schema> | undefined)?.input
  const paths = looksAt?.['x-template'] === undefined ? [] : variables.map((variable) => variable.path)
  const put = (index: number, rule: Rule) => props.onChange(rules.map((old, at) => (at === index ? rule : old)))
  return (
    <Input.Wrapper
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error}
      labelElement="div"
    >
      <Stack gap={8} mt={4} data-field={props.path} tabIndex={-1}>
        {rules.map((rule, index) => (
          <RuleRow
            // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; rows are replaced as a whole
            key={index}
            rule={rule}
            path={`${props.path}.${index}`}
            error={ruleError(props, index)}
            number={index + 1}
            paths={paths}
            placeholder={asText(looksAt?.['x-placeholder'])}
            onChange={(next) => put(index, next)}
            onRemove={() => props.onChange(rules.filter((_, at) => at !== index))}
          />
        ))}
        {rules.length === 0 && (
          <Text size="xs" c="dimmed">
            No rule yet.
          </Text>
        )}
        {readOnly === null && (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={() => props.onChange([...rules, { input: '', condition: 'equals', value: '' }])}
            style={{ alignSelf: 'start' }}
          >
            Add rule
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

const ruleError = (props: WidgetProps, index: number) => {
  const below = problemsBelow(props.inner, String(index))
  return problemOf(props.inner, String(index)) ?? below[0]?.message
}

function RuleRow({
  rule,
  path,
  error,
  number,
  paths,
  placeholder,
  onChange,
  onRemove,
}: {
  rule: Rule
  path: string
  error: string | undefined
  number: number
  /** What it may look at, as far as that is known. */
  paths: readonly string[]
  placeholder: string
  onChange(rule: Rule): void
  onRemove(): void
}) {
  const context = useFormContext()
  const bare = asText(rule.input)
  const input = useTyped(bare, (text) => onChange({ ...rule, input: text }), context)
  const value = useTyped(asText(rule.value), (text) => onChange({ ...rule, value: text }), context)
  const valueless = rule.condition === 'empty' || rule.condition === 'not-empty'
  return (
    <div className="tl-card" style={{ padding: 8 }}>
      <Group gap={6} wrap="nowrap" align="start">
        <Stack gap={6} style={{ flex: 1 }}>
          <Autocomplete
            aria-label={`Rule ${number}: what to look at`}
            data-field={`${path}.input`}
            placeholder={placeholder}
            size="xs"
            data={[...paths]}
            filter={suggestUntilChosen(input.text)}
            value={input.text}
            onChange={input.type}
            onBlur={input.leave}
          />
          <Group gap={6} wrap="nowrap">
            <Select
              aria-label={`Rule ${number}: condition`}
              data-field={`${path}.condition`}
              size="xs"
              data={conditions.map((one) => ({ value: one, label: conditionWords(one) }))}
              value={rule.condition ?? 'equals'}
              allowDeselect={false}
              onChange={(next) => {
                onChange({ ...rule, condition: next ?? 'equals' })
                context.settle()
              }}
              style={{ flex: 1 }}
            />
            {!valueless && (
              <TextInput
                aria-label={`Rule ${number}: value`}
                data-field={`${path}.value`}
                size="xs"
                value={value.text}
                onChange={(event) => value.type(event.currentTarget.value)}
                onBlur={value.leave}
                style={{ flex: 1 }}
              />
            )}
          </Group>
          {error && (
            <Text size="xs" c="var(--mantine-color-error)">
              {error}
            </Text>
          )}
        </Stack>
        {context.readOnly === null && (
          <ActionIcon aria-label={`Remove rule ${number}`} size={28} onClick={onRemove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
    </div>
  )
}

interface BranchItem {
  id: string
  label: string
  default?: boolean
  weight?: number
}

/** The branches of a split in order. What a branch has beside its name is in the schema: a mark for everyone else, a weight. */
export function BranchesWidget(props: WidgetProps) {
  const { readOnly, settle } = useFormContext()
  const branches: BranchItem[] = Array.isArray(props.value) ? props.value : []
  const has = ((props.schema.items as Schema | undefined)?.properties ?? {}) as Record<string, Schema>
  const total = branches.reduce((sum, branch) => sum + (branch.weight ?? 0), 0)
  const put = (next: BranchItem[]) => {
    props.onChange(next)
    settle()
  }
  const move = (from: number, to: number) => {
    const next = [...branches]
    const [item] = next.splice(from, 1)
    if (item) next.splice(to, 0, item)
    put(next)
  }
  const add = () => {
    let n = branches.length + 1
    while (branches.some((branch) => branch.id === `branch-${n}`)) n += 1
    const added = {
      id: `branch-${n}`,
      label: `Branch ${n}`,
      ...(has.weight && { weight: branches.at(-1)?.weight ?? 1 }),
    }
    const fallback = branches.findIndex((branch) => branch.default)
    put(fallback === -1 ? [...branches, added] : [...branches.slice(0, fallback), added, ...branches.slice(fallback)])
  }
  return (
    <Input.Wrapper
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error}
      labelElement="div"
    >
      <Stack gap={6} mt={4} data-field={props.path} tabIndex={-1}>
        {branches.map((branch, index) => (
          <BranchRow
            key={branch.id}
            branch={branch}
            number={index + 1}
            error={ruleError(props, index)}
            mayBeDefault={has.default !== undefined}
            share={has.weight && total > 0 ? (branch.weight ?? 0) / total : null}
            first={index === 0}
            last={index === branches.length - 1}
            onChange={(next) =>
              props.onChange(
                branches.map((old, at) =>
                  at === index ? next : next.default && old.default ? { id: old.id, label: old.label } : old,
                ),
              )
            }
            onMove={(by) => move(index, index + by)}
            onRemove={() => put(branches.filter((_, at) => at !== index))}
          />
        ))}
        {readOnly === null && (
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={add}
            style={{ alignSelf: 'start' }}
          >
            Add branch
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

function BranchRow({
  branch,
  number,
  error,
  mayBeDefault,
  share,
  first,
  last,
  onChange,
  onMove,
  onRemove,
}: {
  branch: BranchItem
  number: number
  error: string | undefined
  mayBeDefault: boolean
  /** Its part of all weights; null where branches have none. */
  share: number | null
  first: boolean
  last: boolean
  onChange(branch: BranchItem): void
  onMove(by: number): void
  onRemove(): void
}) {
  const context = useFormContext()
  const label = useTyped(branch.label, (text) => onChange({ ...branch, label: text }), context)
  return (
    <div className="tl-card" style={{ padding: 8 }}>
      <Group gap={4} wrap="nowrap">
        <TextInput
          aria-label={`Branch ${number}: name`}
          size="xs"
          value={label.text}
          onChange={(event) => label.type(event.currentTarget.value)}
          onBlur={label.leave}
          error={error}
          style={{ flex: 1 }}
        />
        <ActionIcon
          aria-label={`Move branch ${number} up`}
          size={28}
          disabled={first || context.readOnly !== null}
          onClick={() => onMove(-1)}
        >
          <IconArrowUp size={14} />
        </ActionIcon>
        <ActionIcon
          aria-label={`Move branch ${number} down`}
          size={28}
          disabled={last || context.readOnly !== null}
          onClick={() => onMove(1)}
        >
          <IconArrowDown size={14} />
        </ActionIcon>
        <ActionIcon
          aria-label={`Remove branch ${number}`}
          size={28}
          disabled={context.readOnly !== null}
          onClick={onRemove}
        >
          <IconTrash size={14} />
        </ActionIcon>
      </Group>
      {mayBeDefault && (
        <Checkbox
          size="xs"
          mt={6}
          label="Everyone else"
          checked={branch.default === true}
          onChange={(event) => {
            onChange(
              event.currentTarget.checked ? { ...branch, default: true } : { id: branch.id, label: branch.label },
            )
            context.settle()
          }}
        />
      )}
      {branch.weight !== undefined && (
        <Group gap={6} mt={6} wrap="nowrap">
          <NumberInput
            aria-label={`Branch ${number}: weight`}
            size="xs"
            w={110}
            min={0}
            max={1_000_000}
            clampBehavior="none"
            value={branch.weight}
            onChange={(weight) => onChange({ ...branch, weight: Number(weight) || 0 })}
            onBlur={context.settle}
          />
          {share !== null && (
            <Text size="xs" c="dimmed">
              {Math.round(share * 1_000) / 10} % of customers
            </Text>
          )}
        </Group>
      )}
    </div>
  )
}

import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Input,
  Menu,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconBraces, IconPlus, IconTrash } from '@tabler/icons-react'
import { type ComponentType, useEffect, useId, useRef, useState } from 'react'
import { conditionWords } from '../builder/sentence.ts'
import { duration, durationText, parseDuration } from '../format.ts'
import {
  type Choice,
  useCredentials,
  useCriteria,
  useMembers,
  useProducts,
  useSegments,
  useTags,
  useTemplates,
} from '../parts/choices.ts'
import { type FormContext, useFormContext } from './context.ts'
import { optionsOf, problemOf, problemsBelow, type Schema, type WidgetName } from './schema.ts'

/** What a widget is given. `onChange(undefined)` empties the field. */
export interface WidgetProps {
  schema: Schema
  label: string
  required: boolean
  value: unknown
  onChange(value: unknown): void
  error: string | undefined
  /** Problems inside the field, by path below it. */
  inner: readonly { field?: string | undefined; message: string }[]
  /** Path of the field in the config: what problems name. */
  path: string
}

const texts = ({ schema, label, required, error }: WidgetProps) => ({
  label,
  ...(typeof schema['x-placeholder'] === 'string' && { placeholder: schema['x-placeholder'] }),
  description: typeof schema.description === 'string' ? schema.description : undefined,
  withAsterisk: required,
  'aria-required': required,
  error,
  size: 'sm' as const,
})

/** A text that is typed locally and told 150 ms after the last key or on leaving; a change from outside replaces it. */
function useTyped(value: string, tell: (text: string) => void, context: FormContext) {
  const [text, setText] = useState(value)
  const told = useRef(value)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const latest = useRef(tell)
  latest.current = tell
  useEffect(() => {
    if (value !== told.current) {
      told.current = value
      setText(value)
    }
  }, [value])
  const flush = (next: string) => {
    clearTimeout(timer.current)
    if (next === told.current) return
    told.current = next
    latest.current(next)
  }
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    text,
    type(next: string) {
      setText(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => flush(next), 150)
    },
    leave() {
      flush(text)
      context.settle()
    },
  }
}

const asText = (value: unknown) =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

function TextWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <TextInput
      {...texts(props)}
      data-field={props.path}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

function MultilineWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <Textarea
      {...texts(props)}
      data-field={props.path}
      autosize
      minRows={3}
      maxRows={14}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

/** Text with variables: `{ }` puts one in at the cursor. Short ones are one line. */
function LiquidWidget(props: WidgetProps) {
  const context = useFormContext()
  const field = useRef<HTMLTextAreaElement & HTMLInputElement>(null)
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const long = props.schema['x-widget'] === 'code' || Number(props.schema.maxLength ?? 0) > 1_000
  const insert = (path: string) => {
    const element = field.current
    const from = element?.selectionStart ?? typed.text.length
    const to = element?.selectionEnd ?? from
    const chip = path.endsWith('firstName') ? `{{${path} | default: "there"}}` : `{{${path}}}`
    typed.type(typed.text.slice(0, from) + chip + typed.text.slice(to))
    requestAnimationFrame(() => {
      element?.focus()
      element?.setSelectionRange(from + chip.length, from + chip.length)
    })
  }
  const common = {
    ...texts(props),
    ref: field,
    'data-field': props.path,
    value: typed.text,
    onBlur: typed.leave,
    rightSection: <VariableMenu insert={insert} label={props.label} />,
    rightSectionWidth: 36,
    rightSectionProps: long ? { style: { alignItems: 'start', paddingTop: 4 } } : undefined,
  }
  return long ? (
    <Textarea
      {...common}
      autosize
      minRows={6}
      maxRows={18}
      onChange={(event) => typed.type(event.currentTarget.value)}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
    />
  ) : (
    <TextInput {...common} onChange={(event) => typed.type(event.currentTarget.value)} />
  )
}

function VariableMenu({ insert, label }: { insert(path: string): void; label: string }) {
  const { variables } = useFormContext()
  const groups = [...new Set(variables.map((variable) => variable.group))]
  return (
    <Menu width={260} position="bottom-end">
      <Menu.Target>
        <ActionIcon aria-label={`Insert a variable into ${label}`} size={28}>
          <IconBraces size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={320} style={{ overflowY: 'auto' }}>
        {groups.map((group) => [
          <Menu.Label key={group}>{group}</Menu.Label>,
          ...variables
            .filter((variable) => variable.group === group)
            .map((variable) => (
              <Menu.Item key={variable.path} onClick={() => insert(variable.path)}>
                {variable.label}
                <Text span c="dimmed" size="xs" display="block">
                  {variable.path}
                </Text>
              </Menu.Item>
            )),
        ])}
      </Menu.Dropdown>
    </Menu>
  )
}

function NumberWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const { minimum, maximum, type, multipleOf } = props.schema as {
    minimum?: number
    maximum?: number
    type?: string
    multipleOf?: number
  }
  const small = maximum !== undefined && maximum <= 10
  return (
    <NumberInput
      {...texts(props)}
      data-field={props.path}
      value={typeof props.value === 'number' ? props.value : asText(props.value)}
      onChange={(value) => props.onChange(value === '' ? undefined : value)}
      onBlur={settle}
      min={minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? minimum : undefined}
      max={maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? maximum : undefined}
      step={multipleOf ?? (small && type !== 'integer' ? 0.1 : 1)}
      clampBehavior="none"
      suffix={typeof props.schema['x-unit'] === 'string' ? ` ${props.schema['x-unit']}` : undefined}
    />
  )
}

const quick: [string, number][] = [
  ['1 hour', 3_600_000],
  ['1 day', 86_400_000],
  ['3 days', 3 * 86_400_000],
  ['1 week', 7 * 86_400_000],
]

/** Milliseconds typed as "3d 4h". */
function DurationWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = typeof props.value === 'number' ? durationText(props.value) : asText(props.value)
  const [text, setText] = useState(value)
  const [wrong, setWrong] = useState(false)
  useEffect(() => {
    setText(value)
    setWrong(false)
  }, [value])
  const leave = () => {
    const ms = parseDuration(text)
    setWrong(text.trim() !== '' && ms === null)
    if (text.trim() === '') props.onChange(undefined)
    else if (ms !== null && ms !== props.value) props.onChange(ms)
    else if (ms !== null) setText(durationText(ms))
    settle()
  }
  const ms = parseDuration(text)
  return (
    <Stack gap={6}>
      <TextInput
        {...texts(props)}
        data-field={props.path}
        error={wrong ? 'Write a time like “3d 4h” or “90m”.' : props.error}
        placeholder="3d 4h"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={leave}
        onKeyDown={(event) => event.key === 'Enter' && leave()}
        rightSectionWidth={120}
        rightSection={
          <Text size="xs" c="dimmed" truncate pr={8} w="100%" ta="right">
            {ms === null ? '' : duration(ms)}
          </Text>
        }
      />
      <Group gap={4}>
        {quick.map(([name, size]) => (
          <Button
            key={name}
            size="compact-xs"
            variant="default"
            onClick={() => {
              props.onChange(size)
              settle()
            }}
          >
            {name}
          </Button>
        ))}
      </Group>
    </Stack>
  )
}

function SwitchWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const { withAsterisk: _, 'aria-required': __, ...rest } = texts(props)
  return (
    <Switch
      {...rest}
      data-field={props.path}
      checked={props.value === undefined ? props.schema.default === true : props.value === true}
      onChange={(event) => {
        props.onChange(event.currentTarget.checked)
        settle()
      }}
    />
  )
}

function SelectWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const options = optionsOf(props.schema)
  const value = asText(props.value ?? props.schema.default)
  const id = useId()
  const choose = (next: string | null) => {
    props.onChange(next ?? undefined)
    settle()
  }
  if (options.length <= 3 && options.reduce((sum, option) => sum + option.label.length, 0) < 34) {
    const { label, description, error } = texts(props)
    return (
      <Input.Wrapper
        label={label}
        description={description}
        error={error}
        labelElement="div"
        labelProps={{ id }}
        withAsterisk={props.required}
      >
        <SegmentedControl
          fullWidth
          size="xs"
          mt={4}
          aria-labelledby={id}
          data={options}
          value={value}
          onChange={choose}
          data-field={props.path}
        />
      </Input.Wrapper>
    )
  }
  return (
    <Select
      {...texts(props)}
      data-field={props.path}
      data={options}
      value={value || null}
      onChange={choose}
      searchable={options.length > 8}
      clearable={!props.required}
    />
  )
}

/** A picker over things of the workspace. A chosen thing that is gone stays visible as such. */
function Picker(props: WidgetProps & { choices: Choice[]; nothing: string }) {
  const { settle } = useFormContext()
  const value = typeof props.value === 'string' && props.value !== '' ? props.value : null
  const gone = value !== null && !props.choices.some((choice) => choice.value === value)
  const data = gone ? [...props.choices, { value, label: 'Something that is gone' }] : props.choices
  return (
    <Select
      {...texts(props)}
      data-field={props.path}
      data={data}
      value={value}
      searchable
      clearable={!props.required}
      placeholder={props.choices.length === 0 ? props.nothing : 'Choose'}
      nothingFoundMessage={props.nothing}
      onChange={(next) => {
        props.onChange(next ?? undefined)
        settle()
      }}
    />
  )
}

const CredentialWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useCredentials()} nothing="No sender yet: Settings, Credentials" />
)
const TemplateWidget = (props: WidgetProps) => <Picker {...props} choices={useTemplates()} nothing="No template yet" />
const SegmentWidget = (props: WidgetProps) => <Picker {...props} choices={useSegments()} nothing="No segment yet" />
const CriterionWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useCriteria()} nothing="No criterion yet: Products" />
)
const ProductWidget = (props: WidgetProps) => <Picker {...props} choices={useProducts()} nothing="No product yet" />
/** One member; a list of one where the schema says so. */
function MemberWidget(props: WidgetProps) {
  const inList = props.schema.type === 'array'
  const value = inList && Array.isArray(props.value) ? props.value[0] : props.value
  const onChange = (next: unknown) => props.onChange(inList ? (next === undefined ? [] : [next]) : next)
  return <Picker {...props} value={value} onChange={onChange} choices={useMembers()} nothing="Nobody" />
}

function MembersWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = Array.isArray(props.value) ? props.value.map(String) : []
  return (
    <MultiSelect
      {...texts(props)}
      data-field={props.path}
      data={useMembers()}
      value={value}
      searchable
      onChange={(next) => {
        props.onChange(next)
        settle()
      }}
    />
  )
}

function TagWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={useTags()}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

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
function RulesWidget(props: WidgetProps) {
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
function BranchesWidget(props: WidgetProps) {
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

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** ISO weekdays, 1 = Monday. */
function WeekdaysWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = Array.isArray(props.value) ? props.value.map(Number) : []
  return (
    <Checkbox.Group
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error}
      value={value.map(String)}
      data-field={props.path}
      onChange={(next) => {
        props.onChange(next.length === 0 ? undefined : next.map(Number).sort((a, b) => a - b))
        settle()
      }}
    >
      <Group gap={10} mt={6}>
        {days.map((day, index) => (
          <Checkbox key={day} value={String(index + 1)} label={day} size="xs" />
        ))}
      </Group>
    </Checkbox.Group>
  )
}

function TimeWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <TextInput
      {...texts(props)}
      type="time"
      data-field={props.path}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
      w={140}
    />
  )
}

/** An ISO date, or a template that gives one. */
function DateWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <TextInput
      {...texts(props)}
      data-field={props.path}
      value={typed.text}
      onChange={(event) => typed.type(event.currentTarget.value)}
      onBlur={typed.leave}
    />
  )
}

/** The name of an event: one that the program records, or any that programs send; the schema's examples are offered. */
function EventWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const known = Array.isArray(props.schema.examples) ? props.schema.examples.map(String) : []
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={known}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

/** A path such as `customer.country`, or one `{{…}}`. */
function InputWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  const paths = context.variables.map((variable) => variable.path)
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={paths}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

/** A text with suggestions: the schema's examples. */
function SuggestWidget(props: WidgetProps) {
  const context = useFormContext()
  const typed = useTyped(asText(props.value), (text) => props.onChange(text === '' ? undefined : text), context)
  return (
    <Autocomplete
      {...texts(props)}
      data-field={props.path}
      data={Array.isArray(props.schema.examples) ? props.schema.examples.map(String) : []}
      value={typed.text}
      onChange={typed.type}
      onBlur={typed.leave}
    />
  )
}

/** Days and hours in which something may be sent, in the customer's zone. */
function SendWindowWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = (props.value ?? {}) as { days?: number[]; from?: string; to?: string }
  const put = (next: typeof value) => {
    props.onChange(next)
    settle()
  }
  return (
    <Input.Wrapper
      label={props.label}
      description={props.schema.description as string | undefined}
      error={props.error ?? props.inner[0]?.message}
      labelElement="div"
    >
      <Group gap={8} mt={4} data-field={props.path} tabIndex={-1}>
        <TextInput
          type="time"
          size="xs"
          aria-label={`${props.label}: from`}
          value={value.from ?? ''}
          onChange={(event) => put({ ...value, from: event.currentTarget.value })}
        />
        <Text size="sm">to</Text>
        <TextInput
          type="time"
          size="xs"
          aria-label={`${props.label}: to`}
          value={value.to ?? ''}
          onChange={(event) => put({ ...value, to: event.currentTarget.value })}
        />
        <Button size="compact-xs" variant="subtle" onClick={() => props.onChange(undefined)}>
          Any time
        </Button>
      </Group>
      <WeekdaysWidget
        {...props}
        label="Days"
        schema={{}}
        error={undefined}
        value={value.days}
        onChange={(next) => put({ ...value, days: next as number[] })}
      />
    </Input.Wrapper>
  )
}

/** Anything that no other widget knows: its JSON, kept as typed until it is JSON. */
function JsonWidget(props: WidgetProps) {
  const { settle } = useFormContext()
  const value = props.value === undefined ? '' : JSON.stringify(props.value, null, 2)
  const [text, setText] = useState(value)
  const [wrong, setWrong] = useState(false)
  useEffect(() => setText(value), [value])
  const strings = Array.isArray(props.value) && props.value.every((item) => typeof item === 'string')
  if (
    props.schema.type === 'array' &&
    (props.schema.items as Schema | undefined)?.type === 'string' &&
    (strings || props.value === undefined)
  ) {
    return (
      <TagsInput
        {...texts(props)}
        data-field={props.path}
        value={(props.value as string[] | undefined) ?? []}
        onChange={(next) => props.onChange(next)}
        onBlur={settle}
      />
    )
  }
  const leave = () => {
    try {
      props.onChange(text.trim() === '' ? undefined : JSON.parse(text))
      setWrong(false)
    } catch {
      setWrong(true)
    }
    settle()
  }
  return (
    <Textarea
      {...texts(props)}
      data-field={props.path}
      error={wrong ? 'This is not valid JSON; the last valid value is kept.' : props.error}
      autosize
      minRows={3}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={leave}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
    />
  )
}

/** Every widget by the name that the catalogue uses. */
export const widgets: Record<WidgetName, ComponentType<WidgetProps>> = {
  text: TextWidget,
  multiline: MultilineWidget,
  liquid: LiquidWidget,
  code: LiquidWidget,
  number: NumberWidget,
  duration: DurationWidget,
  switch: SwitchWidget,
  select: SelectWidget,
  credential: CredentialWidget,
  template: TemplateWidget,
  segment: SegmentWidget,
  criterion: CriterionWidget,
  product: ProductWidget,
  member: MemberWidget,
  members: MembersWidget,
  tag: TagWidget,
  rules: RulesWidget,
  branches: BranchesWidget,
  weekdays: WeekdaysWidget,
  time: TimeWidget,
  date: DateWidget,
  input: InputWidget,
  event: EventWidget,
  sendWindow: SendWindowWidget,
  suggest: SuggestWidget,
  json: JsonWidget,
}

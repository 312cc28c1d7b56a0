import { Fieldset, Loader, SegmentedControl, Select, Stack, UnstyledButton } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { type ReactNode, useId } from 'react'
import { useFormContext } from './context.ts'
import {
  type Field,
  fieldsOf,
  isBlank,
  labelOf,
  problemOf,
  problemsBelow,
  type Schema,
  sections,
  variantsOf,
  widgetOf,
  withoutDefaults,
} from './schema.ts'
import { widgets } from './widgets.tsx'

type Config = Record<string, unknown>

/** A form generated from a JSON Schema of the catalogue; problems stand at their fields. */
export function SchemaForm({
  schema,
  value,
  onChange,
  problems,
  prefix = '',
  hide,
}: {
  schema: Schema
  value: Config
  onChange(value: Config, field: string): void
  problems: readonly { field?: string | undefined; message: string }[]
  prefix?: string
  hide?: readonly string[]
}) {
  const variants = variantsOf(schema)
  const chosen = variants?.shapes.find((shape) => shape.value === value[variants.field])
  const shape = variants ? (chosen?.schema ?? {}) : schema
  const fields = fieldsOf(shape).filter((field) => field.name !== variants?.field && !hide?.includes(field.name))
  const put = ({ name, schema }: Field, next: unknown) => {
    const replaced = next === undefined ? [] : ((schema['x-replaces'] as string[] | undefined) ?? [])
    const rest = Object.fromEntries(
      Object.entries(value).filter(([other]) => other !== name && !replaced.includes(other)),
    )
    onChange(next === undefined ? rest : { ...rest, [name]: next }, name)
  }
  const row = (field: Field) => (
    <FieldRow
      key={field.name}
      field={field}
      prefix={prefix}
      value={value[field.name]}
      problems={problems}
      onChange={(next) => put(field, next)}
    />
  )
  return (
    <Stack gap={14}>
      {variants && (
        <VariantSwitch
          title={String(
            (schema.title as string | undefined) ?? labelOf({ name: variants.field, schema: {}, required: true }),
          )}
          shapes={variants.shapes}
          value={chosen?.value ?? null}
          path={prefix + variants.field}
          onChange={(next) => onChange({ [variants.field]: next }, variants.field)}
        />
      )}
      {fields.filter((field) => sectionOf(field) === null).map(row)}
      {Object.entries(sections).map(([name, title]) => {
        const inside = fields.filter((field) => sectionOf(field) === name)
        const troubled = problems.some((problem) =>
          inside.some((field) => problem.field?.split('.')[0] === prefix + field.name),
        )
        return (
          inside.length > 0 && (
            <Section key={name} name={name} title={title} forced={troubled}>
              {inside.map(row)}
            </Section>
          )
        )
      })}
    </Stack>
  )
}

const sectionOf = (field: Field): string | null => {
  const named = field.schema['x-section']
  return typeof named === 'string' && named in sections ? named : null
}

/** A folded part of a form; remembers whether it is open. One with a problem is open. */
function Section({
  name,
  title,
  forced,
  children,
}: {
  name: string
  title: string
  forced: boolean
  children: ReactNode
}) {
  const [open, setOpen] = useLocalStorage({ key: `throughline-section-${name}`, defaultValue: false })
  const shown = open || forced
  const id = useId()
  return (
    <div>
      <UnstyledButton
        onClick={() => setOpen(!open)}
        aria-expanded={shown}
        aria-controls={id}
        fw={600}
        fz={13}
        style={{ display: 'flex', alignItems: 'center', gap: 4 }}
      >
        {shown ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
        {title}
      </UnstyledButton>
      <Stack gap={14} mt={10} id={id} hidden={!shown} style={shown ? undefined : { display: 'none' }}>
        {children}
      </Stack>
    </div>
  )
}

function FieldRow({
  field,
  prefix,
  value,
  problems,
  onChange,
}: {
  field: Field
  prefix: string
  value: unknown
  problems: readonly { field?: string | undefined; message: string }[]
  onChange(value: unknown): void
}) {
  const { readOnly, pending } = useFormContext()
  const path = prefix + field.name
  const label = labelOf(field)
  const widget = widgetOf(field.schema, (name) => name in widgets)
  const nested =
    widget === 'json' &&
    (field.schema.type === 'object' || variantsOf(field.schema) !== null) &&
    (field.schema.properties !== undefined || variantsOf(field.schema) !== null)
  if (nested) {
    return (
      <Fieldset legend={label} disabled={readOnly !== null}>
        <SchemaForm
          schema={field.schema}
          value={(value ?? {}) as Config}
          onChange={(next) =>
            onChange(!field.required && isBlank(withoutDefaults(field.schema, next)) ? undefined : next)
          }
          problems={problems}
          prefix={`${path}.`}
        />
      </Fieldset>
    )
  }
  const Widget = widgets[widget]
  return (
    <fieldset
      disabled={readOnly !== null}
      style={{ position: 'relative', border: 0, padding: 0, margin: 0, minWidth: 0 }}
    >
      {pending && [...pending].some((one) => one === path || one.startsWith(`${path}.`)) && <Checking />}
      <Widget
        schema={field.schema}
        label={label}
        required={field.required}
        value={value}
        onChange={onChange}
        error={problemOf(problems, path)}
        inner={problemsBelow(problems, path)}
        path={path}
      />
    </fieldset>
  )
}

/** That only the server can tell whether what a field names is there, and that it is being asked. */
function Checking() {
  return (
    <span role="status" title="Being checked" style={{ position: 'absolute', top: 4, right: 2, lineHeight: 0 }}>
      <Loader size={12} aria-hidden />
      <span className="tl-quiet">Being checked</span>
    </span>
  )
}

function VariantSwitch({
  title,
  shapes,
  value,
  path,
  onChange,
}: {
  title: string
  shapes: { value: string; title: string }[]
  value: string | null
  path: string
  onChange(value: string): void
}) {
  const id = useId()
  const { readOnly } = useFormContext()
  const data = shapes.map((shape) => ({ value: shape.value, label: shape.title }))
  if (data.length > 3 || data.reduce((sum, one) => sum + one.label.length, 0) > 34) {
    return (
      <Select
        label={title}
        data={data}
        value={value}
        allowDeselect={false}
        data-field={path}
        disabled={readOnly !== null}
        onChange={(next) => next && onChange(next)}
      />
    )
  }
  return (
    <div>
      <div id={id} style={{ fontSize: 13, fontWeight: 500, marginBottom: 4 }}>
        {title}
      </div>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-labelledby={id}
        data={data}
        value={value ?? ''}
        onChange={onChange}
        data-field={path}
        disabled={readOnly !== null}
      />
    </div>
  )
}

import { Autocomplete, MultiSelect, Select } from '@mantine/core'
import {
  type Choice,
  useCredentials,
  useCriteria,
  useMembers,
  useProducts,
  useStaticSegments,
  useTags,
  useTemplates,
} from '../parts/choices.ts'
import { useFormContext } from './context.ts'

import { asText, texts, useTyped, type WidgetProps } from './widget.ts'

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

/** The channel that the field's thing must be for, as its schema says. */
const channelOf = ({ schema }: WidgetProps): string | undefined =>
  (schema['x-refFilter'] as { channel?: string } | undefined)?.channel

const nothingYet = (props: WidgetProps): string => {
  const kind = { telegram: 'Telegram bot', linkedin: 'LinkedIn member' }[channelOf(props) ?? ''] ?? 'sender'
  return `No ${kind} yet: Settings, Credentials`
}

/** A sending account. */
export const CredentialWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useCredentials(channelOf(props))} nothing={nothingYet(props)} />
)
/** A message template. */
export const TemplateWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useTemplates(channelOf(props))} nothing="No template yet" />
)
/** A static segment. */
export const SegmentWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useStaticSegments()} nothing="No segment yet" />
)
/** A fit criterion. */
export const CriterionWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useCriteria()} nothing="No criterion yet: Products" />
)
/** A product. */
export const ProductWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useProducts()} nothing="No product yet" />
)
/** One member; a list of one where the schema says so. */
export function MemberWidget(props: WidgetProps) {
  const inList = props.schema.type === 'array'
  const value = inList && Array.isArray(props.value) ? props.value[0] : props.value
  const onChange = (next: unknown) => props.onChange(inList ? (next === undefined ? [] : [next]) : next)
  return <Picker {...props} value={value} onChange={onChange} choices={useMembers()} nothing="Nobody" />
}

/** Several members. */
export function MembersWidget(props: WidgetProps) {
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

/** A tag, known or new. */
export function TagWidget(props: WidgetProps) {
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

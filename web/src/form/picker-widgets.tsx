import { Anchor, Autocomplete, Group, MultiSelect, type OptionsFilter, Select, Text } from '@mantine/core'
import { lazy, type ReactNode, Suspense, useState } from 'react'
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
import { queryClient } from '../query.ts'
import { useCan } from '../session.tsx'
import { useFormContext } from './context.ts'
import type { Making } from './make-dialog.tsx'
import { TemplateGlance } from './template-glance.tsx'
import { asText, texts, useTyped, type WidgetProps } from './widget.ts'

const MakeDialog = lazy(() => import('./make-dialog.tsx'))
const TemplateBrowser = lazy(() => import('./template-browser.tsx'))

/** The value of the last option, which makes a new one. */
const makeOne = '+'

/** The last option stays, whatever is searched for: it is what one looks for when nothing matches. */
const keepLast: OptionsFilter<string> = ({ options, search }) => {
  const words = search.trim().toLowerCase()
  return options.filter(
    (option) => 'value' in option && (option.value === makeOne || option.label.toLowerCase().includes(words)),
  )
}

/** A picker over things of the workspace. A chosen thing that is gone stays visible as such; `make` is the words for making one in place. */
function Picker(
  props: WidgetProps & {
    choices: Choice[]
    nothing: string
    make?: { what: Making; label: string } | false
    /** What stands below the field about what is chosen. */
    below?: ReactNode
  },
) {
  const { settle, readOnly } = useFormContext()
  const [making, setMaking] = useState(false)
  const value = typeof props.value === 'string' && props.value !== '' ? props.value : null
  const gone = value !== null && !props.choices.some((choice) => choice.value === value)
  const make = readOnly === null && props.make
  const data = [
    ...props.choices,
    ...(gone ? [{ value, label: 'Something that is gone' }] : []),
    ...(make ? [{ value: makeOne, label: `+ ${make.label}` }] : []),
  ]
  const details = new Map(props.choices.map((choice) => [choice.value, choice]))
  const health = details.get(value ?? '')?.health
  const choose = (next: string | null) => {
    props.onChange(next ?? undefined)
    settle()
  }
  return (
    <>
      <Select
        {...texts(props)}
        data-field={props.path}
        data={data}
        value={value}
        searchable
        filter={keepLast}
        clearable={!props.required}
        placeholder={props.choices.length === 0 ? props.nothing : 'Choose'}
        nothingFoundMessage={props.nothing}
        leftSection={health && <HealthDot health={health} />}
        renderOption={({ option }) => (
          <Group gap={8} wrap="nowrap" style={{ flex: 1, minWidth: 0 }}>
            <HealthDot health={details.get(option.value)?.health} />
            <Text size="sm" truncate style={{ flex: 1 }} {...(option.value === makeOne && { c: 'var(--tl-accent)' })}>
              {option.label}
            </Text>
            {details.get(option.value)?.note && (
              <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                {details.get(option.value)?.note}
              </Text>
            )}
          </Group>
        )}
        onChange={(next) => (next === makeOne ? setMaking(true) : choose(next))}
      />
      {props.below}
      {making && make && (
        <Suspense>
          <MakeDialog
            what={make.what}
            channel={channelOf(props)}
            onMade={(made) => {
              // Chosen once the list has it: until then it would be called something that is gone.
              void queryClient.invalidateQueries().then(() => {
                setMaking(false)
                choose(made)
              })
            }}
            onClose={() => setMaking(false)}
          />
        </Suspense>
      )}
    </>
  )
}

const healthWords = { ok: 'works', dead: 'does not work', unknown: 'not tested' } as const

/** Whether a sending account works: a dot, with the words for who does not see it. */
function HealthDot({ health }: { health: Choice['health'] }) {
  return health ? (
    <span className="tl-health" data-health={health} title={healthWords[health]}>
      <span className="tl-quiet">{healthWords[health]}</span>
    </span>
  ) : null
}

/** The channel that the field's thing must be for, as its schema says. */
const channelOf = ({ schema }: WidgetProps): string | undefined =>
  (schema['x-refFilter'] as { channel?: string } | undefined)?.channel

const messageChannelOf = (props: WidgetProps) =>
  (['telegram', 'linkedin'] as const).find((one) => one === channelOf(props)) ?? 'email'

const nothingYet = (props: WidgetProps): string => {
  const kind = { telegram: 'Telegram bot', linkedin: 'LinkedIn member' }[channelOf(props) ?? ''] ?? 'sender'
  return `No ${kind} yet: Settings, Credentials`
}

/** A sending account. */
export function CredentialWidget(props: WidgetProps) {
  const choices = useCredentials(channelOf(props))
  const chosen = choices.find((choice) => choice.value === props.value)
  const can = useCan()
  return (
    <Picker
      {...props}
      choices={choices}
      nothing={nothingYet(props)}
      make={can('credentials.manage') && { what: 'credential', label: 'Add a sender' }}
      below={
        chosen?.note && (
          <Text size="xs" c="dimmed" mt={4}>
            {chosen.note}
          </Text>
        )
      }
    />
  )
}
/** A message template, by name or by how it looks. */
export function TemplateWidget(props: WidgetProps) {
  const can = useCan()
  const { settle, readOnly } = useFormContext()
  const [browsing, setBrowsing] = useState(false)
  const choices = useTemplates(channelOf(props))
  const chosen = typeof props.value === 'string' && props.value !== '' ? props.value : null
  return (
    <>
      <Picker
        {...props}
        choices={choices}
        nothing="No template yet"
        make={can('templates.write') && { what: 'template', label: 'New template' }}
        below={
          <>
            {readOnly === null && choices.length > 0 && (
              <Anchor component="button" type="button" size="xs" mt={4} onClick={() => setBrowsing(true)}>
                Browse templates…
              </Anchor>
            )}
            {chosen !== null && <TemplateGlance name={chosen} />}
          </>
        }
      />
      {browsing && (
        <Suspense>
          <TemplateBrowser
            channel={messageChannelOf(props)}
            chosen={chosen}
            onChoose={(name) => {
              setBrowsing(false)
              props.onChange(name)
              settle()
            }}
            onClose={() => setBrowsing(false)}
          />
        </Suspense>
      )}
    </>
  )
}
/** A static segment. */
export function SegmentWidget(props: WidgetProps) {
  const can = useCan()
  return (
    <Picker
      {...props}
      choices={useStaticSegments()}
      nothing="No segment yet"
      make={can('segments.write') && { what: 'segment', label: 'New segment' }}
    />
  )
}
/** A fit criterion. */
export const CriterionWidget = (props: WidgetProps) => (
  <Picker {...props} choices={useCriteria()} nothing="No criterion yet: Products" />
)
/** A product. */
export function ProductWidget(props: WidgetProps) {
  const can = useCan()
  return (
    <Picker
      {...props}
      choices={useProducts()}
      nothing="No product yet"
      make={can('products.write') && { what: 'product', label: 'New product' }}
    />
  )
}
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

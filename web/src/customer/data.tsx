import { ActionIcon, Button, Group, TagsInput, TextInput, Tooltip } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { ApiProblem, api, type Body, type Item } from '../api.ts'
import { exact } from '../format.ts'
import { Copyable, Time } from '../parts/bits.tsx'
import { useMembers, useTags } from '../parts/choices.ts'
import { type Customer, consents, customerTexts, zones } from '../parts/customer-fields.ts'
import { fieldErrors, queryClient, toastProblem, useApi } from '../query.ts'
import { InlineValue, type Known } from './inline-value.tsx'
import { useEntryNames } from './timeline.tsx'
import { fieldLabel, sourceText } from './timeline-words.ts'

type Source = Item<'GET /customers/:id/field-sources'>
type Change = Body<'PATCH /customers/:id'>

/** An attribute's value as typed: numbers, true, false and JSON stand for themselves, anything else is text. */
export function readAttribute(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

const attributeText = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)

/** Everything that is known of a customer, edited where it stands, each with where it comes from and since when. */
export function Data({ customer }: { customer: Customer }) {
  const members = useMembers()
  const tags = useTags()
  const names = useEntryNames()
  const sources = useApi('GET /customers/:id/field-sources', { params: { id: customer.id } })
  const sourceOf = (field: string) => sources.data?.items.find((one) => one.field === field)
  const locked = customer.archivedAt !== null
  const read = () => api('GET /customers/:id', { params: { id: customer.id } })
  // Who changes another field at the same time is in nobody's way: only a change of the same one is refused.
  const save = async (body: Change, version: number, isUntouched: (now: Customer) => boolean) => {
    for (let at = version; ; ) {
      try {
        await api('PATCH /customers/:id', { params: { id: customer.id }, body, ifMatch: at })
        break
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.status !== 412) throw problem
        const now = await read()
        if (!isUntouched(now)) throw problem
        at = now.version
      }
    }
    await queryClient.invalidateQueries()
  }
  /** What an inline value is given to be saved: how it is read from a customer, and what it is as a change. */
  const saving = (of: (one: Customer) => string, change: (text: string) => Change) => ({
    known: { value: of(customer), version: customer.version },
    save: (text: string, from: Known) => save(change(text), from.version, (now) => of(now) === from.value),
    latest: async () => {
      const now = await read()
      return { value: of(now), version: now.version }
    },
  })
  const saveTags = async (next: string[]) => {
    const added = next.filter((tag) => !customer.tags.includes(tag))
    const taken = customer.tags.filter((tag) => !next.includes(tag))
    // Tags that somebody else gave meanwhile stay.
    const body = { tags: next }
    const isUntouched = (now: Customer) => {
      body.tags = [...now.tags.filter((tag) => !taken.includes(tag) && !added.includes(tag)), ...added]
      return true
    }
    try {
      await save(body, customer.version, isUntouched)
    } catch (problem) {
      toastProblem(problem)
    }
  }
  const row = (field: string, label: string, content: ReactNode) => (
    <div key={field} className="tl-datum">
      <dt>{label}</dt>
      <dd>
        {content}
        <SourceNote source={sourceOf(field)} text={(source) => sourceText(source.source, source.by, names)} />
      </dd>
    </div>
  )
  const choices = (field: 'timezone' | 'claimedBy' | 'trackingConsent') =>
    ({
      timezone: [{ value: '', label: 'Not known' }, ...zones().map((zone) => ({ value: zone, label: zone }))],
      claimedBy: [{ value: '', label: 'Nobody' }, ...members],
      trackingConsent: [...consents],
    })[field]
  return (
    <div className="tl-card tl-data">
      <dl>
        {customerTexts.map((field) =>
          row(
            field,
            fieldLabel(field),
            <InlineValue
              label={fieldLabel(field)}
              locked={locked}
              {...saving(
                (one) => one[field] ?? '',
                (text) => ({ [field]: text || null }),
              )}
            />,
          ),
        )}
        {row(
          'companyId',
          'Company',
          <InlineValue
            label="Company"
            locked={locked}
            {...saving(
              (one) => one.company?.name ?? '',
              (text) => ({ company: text ? { name: text } : null }),
            )}
          />,
        )}
        {(['timezone', 'claimedBy', 'trackingConsent'] as const).map((field) => {
          const options = choices(field)
          const value = customer[field] ?? ''
          return row(
            field,
            fieldLabel(field),
            <InlineValue
              label={fieldLabel(field)}
              options={options}
              locked={locked}
              shown={options.find((one) => one.value === value)?.label ?? value}
              {...saving(
                (one) => one[field] ?? '',
                (next) => ({ [field]: next || null }),
              )}
            />,
          )
        })}
        {row(
          'tags',
          'Tags',
          <TagsInput
            aria-label="Tags"
            size="xs"
            data={tags}
            value={customer.tags}
            readOnly={locked}
            maxLength={100}
            onChange={(next) => void saveTags(next)}
            style={{ flex: 1 }}
          />,
        )}
        {Object.entries(customer.attributes).map(([key, value]) =>
          row(
            `attributes.${key}`,
            key,
            <span className="tl-inline">
              <InlineValue
                label={key}
                locked={locked}
                {...saving(
                  (one) => attributeText(one.attributes[key]),
                  (text) => ({ attributes: { [key]: readAttribute(text) } }),
                )}
              />
              {!locked && (
                <Tooltip label={`Remove ${key}`}>
                  <ActionIcon
                    size={24}
                    aria-label={`Remove ${key}`}
                    onClick={() =>
                      void save(
                        { attributes: { [key]: null } },
                        customer.version,
                        (now) => attributeText(now.attributes[key]) === attributeText(value),
                      ).catch(toastProblem)
                    }
                  >
                    <IconTrash size={14} />
                  </ActionIcon>
                </Tooltip>
              )}
            </span>,
          ),
        )}
        {row('id', 'Id', <Copyable value={customer.id} label="id" />)}
        {row('createdAt', 'Added', exact(customer.createdAt))}
      </dl>
      {!locked && (
        <NewAttribute
          known={Object.keys(customer.attributes)}
          save={(name, value) =>
            save({ attributes: { [name]: value } }, customer.version, (now) => now.attributes[name] === undefined)
          }
        />
      )}
    </div>
  )
}

function SourceNote({ source, text }: { source: Source | undefined; text(source: Source): string }) {
  if (!source) return null
  return (
    <small className="tl-muted">
      {text(source)} · <Time at={source.at} />
    </small>
  )
}

function NewAttribute({ known, save }: { known: string[]; save(name: string, value: unknown): Promise<void> }) {
  const [open, setOpen] = useState(false)
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const [fault, setFault] = useState<{ key?: string; value?: string }>({})
  const add = async () => {
    const name = key.trim()
    if (name === '') return setFault({ key: 'Name the attribute.' })
    if (known.includes(name)) return setFault({ key: `There is an attribute “${name}” already.` })
    if (value.trim() === '') return setFault({ value: 'Give it a value.' })
    try {
      await save(name, readAttribute(value.trim()))
      setOpen(false)
      setKey('')
      setValue('')
      setFault({})
    } catch (problem) {
      setFault({ value: Object.values(fieldErrors(problem, [])).join(' ') })
    }
  }
  if (!open) {
    return (
      <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} onClick={() => setOpen(true)}>
        Add an attribute
      </Button>
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void add()
      }}
    >
      <Group gap={8} mt={8} align="flex-start">
        <TextInput
          label="Attribute"
          error={fault.key}
          size="xs"
          value={key}
          autoFocus
          onChange={(event) => setKey(event.currentTarget.value)}
        />
        <TextInput
          label="Value"
          size="xs"
          value={value}
          error={fault.value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Button type="submit" size="xs" mt={21}>
          Add
        </Button>
        <Button variant="default" size="xs" mt={21} onClick={() => setOpen(false)}>
          Cancel
        </Button>
      </Group>
    </form>
  )
}

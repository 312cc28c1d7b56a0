import { Button, Drawer, Group, JsonInput, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useRef, useState } from 'react'
import { api, type Body } from '../api.ts'
import { queryClient, showRefusal, toast } from '../query.ts'
import { FormProblem } from './bits.tsx'
import { useMembers, useTags } from './choices.ts'
import { type Customer, consents, customerTexts, zones } from './customer-fields.ts'
import { useEdited } from './edited.tsx'
import { showInvalid } from './invalid.ts'

const texts = [...customerTexts, 'timezone'] as const
const fields = [...texts, 'tags', 'company', 'attributes', 'trackingConsent', 'claimedBy'] as const

/** A form filled from a customer, or empty. */
const valuesOf = (customer: Customer | null) => ({
  ...(Object.fromEntries(texts.map((field) => [field, customer?.[field] ?? ''])) as Record<
    (typeof texts)[number],
    string
  >),
  company: customer?.company?.name ?? '',
  tags: customer?.tags ?? ([] as string[]),
  attributes:
    customer && Object.keys(customer.attributes).length > 0 ? JSON.stringify(customer.attributes, null, 2) : '',
  trackingConsent: customer?.trackingConsent ?? '',
  claimedBy: customer?.claimedBy ?? null,
  '': '',
})

/** Creates or changes a customer. */
export function CustomerDrawer({
  customer,
  onClose,
  onSaved,
}: {
  customer: Customer | null
  onClose(): void
  onSaved(customer: Customer): void
}) {
  const tags = useTags()
  const members = useMembers()
  const key = useRef(crypto.randomUUID())
  const form = useForm({ initialValues: valuesOf(customer) })
  // What the attributes are compared with: those that stand in the form.
  const [seen, setSeen] = useState(customer)
  const save = async (version: number) => {
    const values = form.getValues()
    let attributes: Record<string, unknown>
    try {
      attributes = attributesOf(values.attributes, seen)
    } catch {
      form.setFieldError('attributes', 'Write a JSON object such as {"plan": "pro"}.')
      form.getInputNode('attributes')?.focus()
      return
    }
    const given = Object.fromEntries(texts.map((field) => [field, values[field].trim() || null]))
    const companyName = values.company.trim()
    const body = {
      ...given,
      tags: values.tags,
      attributes,
      trackingConsent: values.trackingConsent || null,
      claimedBy: values.claimedBy,
      ...(companyName !== (seen?.company?.name ?? '') && { company: companyName ? { name: companyName } : null }),
    } as Body<'POST /customers'>
    try {
      const saved = customer
        ? await api('PATCH /customers/:id', { params: { id: customer.id }, body, ifMatch: version })
        : await api('POST /customers', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      toast(customer ? 'Customer saved' : 'Customer added')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      if (!edited.refused(problem)) showRefusal(form, problem, fields)
    }
  }
  const edited = useEdited(customer?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /customers/:id', { params: { id: customer?.id ?? '' } })
      setSeen(theirs)
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Drawer opened onClose={onClose} position="right" size={480} title={customer ? 'Edit customer' : 'New customer'}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label="First name" data-autofocus {...form.getInputProps('firstName')} />
            <TextInput label="Last name" {...form.getInputProps('lastName')} />
          </SimpleGrid>
          <TextInput
            label="Email"
            type="email"
            description="Or another contact, or an external id."
            {...form.getInputProps('email')}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label="Company" {...form.getInputProps('company')} />
            <TextInput label="Phone" {...form.getInputProps('phone')} />
            <TextInput label="Country" {...form.getInputProps('country')} />
            <TextInput label="Language" {...form.getInputProps('language')} />
          </SimpleGrid>
          <Select
            label="Time zone"
            data={zones()}
            searchable
            clearable
            limit={50}
            {...form.getInputProps('timezone')}
            value={form.values.timezone || null}
            onChange={(zone) => form.setFieldValue('timezone', zone ?? '')}
          />
          <TagsInput label="Tags" data={tags} {...form.getInputProps('tags')} />
          <Select label="Owner" data={members} searchable clearable {...form.getInputProps('claimedBy')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput label="LinkedIn link" {...form.getInputProps('linkedinUrl')} />
            <TextInput label="Telegram chat id" {...form.getInputProps('telegramChatId')} />
            <TextInput label="External id" {...form.getInputProps('externalId')} />
            <Select
              label="Open tracking"
              data={[...consents]}
              allowDeselect={false}
              {...form.getInputProps('trackingConsent')}
            />
          </SimpleGrid>
          <JsonInput
            label="Attributes"
            description="Anything else, as JSON; messages read it as {{customer.attributes.…}}."
            autosize
            minRows={2}
            {...form.getInputProps('attributes')}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {customer ? 'Save' : 'Add customer'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  )
}

/** Attributes as typed; a key that was taken out is sent as null, because the API merges key by key. @throws when it is no object */
function attributesOf(text: string, customer: Customer | null): Record<string, unknown> {
  const typed: unknown = text.trim() === '' ? {} : JSON.parse(text)
  if (typeof typed !== 'object' || typed === null || Array.isArray(typed)) throw new Error('not an object')
  const gone = Object.keys(customer?.attributes ?? {}).filter((name) => !(name in typed))
  return { ...Object.fromEntries(gone.map((name) => [name, null])), ...typed }
}

import { ActionIcon, Button, Group, Modal, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useRef } from 'react'
import { type Answer, api } from '../api.ts'
import { queryClient, showRefusal, toast } from '../query.ts'
import { FormProblem } from './bits.tsx'
import { useEdited } from './edited.tsx'
import { showInvalid } from './invalid.ts'

/** A product as the API reads it. */
export type Product = Answer<'GET /products/:id'>

/** An attribute's value as it is typed: JSON where it is JSON and no text, else the text itself. */
const typed = (text: string): unknown => {
  if (!/^(-?\d|[[{]|true$|false$|null$)/.test(text.trim())) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A form filled from a product, or empty. */
const valuesOf = (product: Product | null) => ({
  name: product?.name ?? '',
  description: product?.description ?? '',
  url: product?.url ?? '',
  status: (product?.status === 'draft' ? 'draft' : 'active') as 'draft' | 'active',
  attributes: Object.entries(product?.attributes ?? {}).map(([name, value]) => ({ name, value: written(value) })),
  '': '',
})

/** Creates or changes a product. */
export function ProductDialog({
  product,
  onClose,
  onSaved,
}: {
  product: Product | null
  onClose(): void
  onSaved(product: Product): void
}) {
  const key = useRef(crypto.randomUUID())
  const form = useForm({
    initialValues: valuesOf(product),
    validate: {
      attributes: {
        name: (name, values) => {
          if (name.trim() === '') return 'Name it, or remove the row.'
          if (!/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(name.trim()))
            return 'Letters, digits, “_” and “-”, so that a message can say it.'
          const same = values.attributes.filter((other) => other.name.trim() === name.trim())
          return same.length > 1 ? 'There are two with this name.' : null
        },
      },
    },
  })
  const save = async (version: number) => {
    const { name, description, url, status, attributes } = form.getValues()
    const body = {
      name,
      description: description.trim() || null,
      url: url.trim() || null,
      status,
      attributes: Object.fromEntries(attributes.map((row) => [row.name.trim(), typed(row.value)])),
    }
    try {
      const saved = product
        ? await api('PATCH /products/:id', { params: { id: product.id }, body, ifMatch: version })
        : await api('POST /products', { body, idempotencyKey: key.current })
      void queryClient.invalidateQueries()
      toast(product ? 'Product saved' : 'Product created')
      onSaved(saved)
    } catch (problem) {
      key.current = crypto.randomUUID()
      void queryClient.invalidateQueries()
      if (!edited.refused(problem)) showRefusal(form, problem, ['name', 'description', 'url'])
    }
  }
  const edited = useEdited(product?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /products/:id', { params: { id: product?.id ?? '' } })
      form.setValues(valuesOf(theirs))
      return theirs.version
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Modal opened onClose={onClose} title={product ? 'Edit product' : 'New product'} size="lg">
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <TextInput label="Name" required data-autofocus {...form.getInputProps('name')} />
          <Textarea label="Description" autosize minRows={2} {...form.getInputProps('description')} />
          <TextInput label="Web address" placeholder="https://" {...form.getInputProps('url')} />
          <Stack gap={6}>
            <Text size="sm" fw={500} id="product-facts">
              Facts
            </Text>
            <Text size="xs" c="dimmed">
              Anything else that messages say of it: “price” is {'{{product.price}}'}.
            </Text>
            {form.values.attributes.map((_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no id of their own and are only added at the end or removed
              <Group key={index} gap={6} wrap="nowrap" align="start">
                <TextInput
                  aria-label={`Fact ${index + 1}: name`}
                  placeholder="price"
                  style={{ flex: 1 }}
                  {...form.getInputProps(`attributes.${index}.name`)}
                />
                <TextInput
                  aria-label={`Fact ${index + 1}: value`}
                  placeholder="€ 49 a month"
                  style={{ flex: 2 }}
                  {...form.getInputProps(`attributes.${index}.value`)}
                />
                <ActionIcon
                  size={36}
                  aria-label={`Remove fact ${index + 1}`}
                  onClick={() => form.removeListItem('attributes', index)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            ))}
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconPlus size={14} />}
              onClick={() => form.insertListItem('attributes', { name: '', value: '' })}
              style={{ alignSelf: 'start' }}
            >
              Add fact
            </Button>
          </Stack>
          {product?.status !== 'archived' && (
            <SegmentedControl
              aria-label="Status"
              data={[
                { value: 'active', label: 'Active' },
                { value: 'draft', label: 'Draft' },
              ]}
              {...form.getInputProps('status')}
              style={{ alignSelf: 'start' }}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              {product ? 'Save' : 'Create product'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

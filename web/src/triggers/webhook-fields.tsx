import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
} from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'

export interface WebhookConfig {
  customerPath: string
  matchBy: 'email' | 'id' | 'externalId'
  createIfUnknown: boolean
  /** Rows of the mapping while it is edited. */
  mapping: { field: string; path: string }[]
}

const fields = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'telegramChatId',
  'linkedinUrl',
  'language',
  'country',
  'timezone',
  'externalId',
  'attributes.plan',
]
const mono = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } }

/** How a call's body names its customer, and what it tells of them. */
export function WebhookFields({
  value,
  onChange,
  errors,
}: {
  value: WebhookConfig
  onChange(value: WebhookConfig): void
  errors: Record<string, string | undefined>
}) {
  const { mapping } = value
  const putRow = (index: number, row: { field: string; path: string }) =>
    onChange({ ...value, mapping: mapping.map((old, at) => (at === index ? row : old)) })
  return (
    <Stack gap={14}>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={14}>
        <Select
          label="Find the customer by"
          description="What the call names them by"
          allowDeselect={false}
          value={value.matchBy}
          data={[
            { value: 'email', label: 'Email' },
            { value: 'externalId', label: 'External id' },
            { value: 'id', label: 'Throughline id' },
          ]}
          onChange={(matchBy) => {
            const next = (matchBy ?? 'email') as WebhookConfig['matchBy']
            onChange({ ...value, matchBy: next, createIfUnknown: next === 'id' ? false : value.createIfUnknown })
          }}
        />
        <TextInput
          label="Where it stands in the body"
          description="JSONPath"
          required
          placeholder="$.customer.email"
          value={value.customerPath}
          onChange={(event) => onChange({ ...value, customerPath: event.currentTarget.value })}
          error={errors['config.customerPath']}
          styles={mono}
        />
      </SimpleGrid>
      {value.matchBy !== 'id' && (
        <Checkbox
          label="Create the customer if unknown"
          checked={value.createIfUnknown}
          onChange={(event) => onChange({ ...value, createIfUnknown: event.currentTarget.checked })}
        />
      )}
      <div>
        <Text fw={500} size="sm">
          Fill fields of the customer
        </Text>
        <Text size="sm" c="dimmed" mb={8}>
          Of new and of known ones; what a call does not mention stays.
        </Text>
        <Stack gap={8}>
          {mapping.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no id; they are replaced as a whole
            <Group key={index} gap={6} wrap="nowrap" align="start">
              <Autocomplete
                aria-label={`Field ${index + 1}`}
                placeholder="firstName"
                data={fields}
                value={row.field}
                onChange={(field) => putRow(index, { ...row, field })}
                error={errors[`mapping.${index}.field`]}
                style={{ flex: 1 }}
              />
              <TextInput
                aria-label={`Field ${index + 1}: where its value stands`}
                placeholder="$.customer.name"
                value={row.path}
                onChange={(event) => putRow(index, { ...row, path: event.currentTarget.value })}
                error={errors[`config.mapping.${row.field}`]}
                styles={mono}
                style={{ flex: 1 }}
              />
              <ActionIcon
                aria-label={`Remove field ${index + 1}`}
                onClick={() => onChange({ ...value, mapping: mapping.filter((_, at) => at !== index) })}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          {errors['config.mapping'] && (
            <Text size="sm" c="var(--mantine-color-error)">
              {errors['config.mapping']}
            </Text>
          )}
          <Button
            size="compact-sm"
            variant="light"
            leftSection={<IconPlus size={14} />}
            onClick={() => onChange({ ...value, mapping: [...mapping, { field: '', path: '$.' }] })}
            style={{ alignSelf: 'start' }}
          >
            Add field
          </Button>
        </Stack>
      </div>
    </Stack>
  )
}

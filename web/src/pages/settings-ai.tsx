import {
  Anchor,
  Autocomplete,
  Button,
  Group,
  Modal,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconPlus } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, api, type Item } from '../api.ts'
import { ago, exact } from '../format.ts'
import { Confirm, FormProblem, MoreMenu, Pill } from '../parts/bits.tsx'
import { Failure, Loading } from '../parts/page.tsx'
import { fieldErrors, queryClient, toast, toastProblem, useAct, useApi, usePages } from '../query.ts'
import { useCan } from '../session.tsx'

type Provider = Item<'GET /ai/providers'>
type Kind = Provider['kind']

const kinds: Record<Kind, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  bedrock: 'Amazon Bedrock',
  'openai-compatible': 'OpenAI-compatible (Ollama, vLLM, LM Studio …)',
}
const health = { ok: ['good', 'works'], failing: ['bad', 'fails'], unknown: ['flat', 'not tested'] } as const
const ways = { schema: 'by a strict schema', json: 'in JSON mode', text: 'by words alone' }

/** AI models: which one writes workflows, what it may cost, and the instructions that it follows. */
export function AiSection() {
  const can = useCan()
  const manage = can('ai.manage')
  const list = useApi('GET /ai/providers')
  const [editing, setEditing] = useState<Provider | 'new' | null>(null)
  const [removing, setRemoving] = useState<Provider | null>(null)
  const test = useAct('POST /ai/providers/:id/test', {
    after: (found) =>
      found.ok
        ? toast(`It answered after ${(found.latencyMs / 1000).toFixed(1)} s`)
        : toastProblem(found.detail ?? 'It does not work'),
  })
  const choose = useAct('PATCH /ai/providers/:id', { done: (answer) => `${answer.name} is asked from now on` })
  const remove = useAct('DELETE /ai/providers/:id', {
    done: 'Removed; its key is forgotten',
    after: () => setRemoving(null),
  })
  if (list.isPending) return <Loading />
  if (list.error) return <Failure error={list.error} retry={() => void list.refetch()} />
  const providers = list.data.items
  return (
    <Stack gap={24}>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={640}>
          AI Generate and the helpers for texts ask the model that is chosen here. It is told the catalogue of steps and
          the names of your segments, templates, senders, products and members, never a customer. Without a model the
          built-in outline reader answers, by rules.
        </Text>
        {manage && (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing('new')}>
            Add an AI model
          </Button>
        )}
      </Group>
      {providers.length === 0 && (
        <Text>{manage ? 'No model is connected yet.' : 'No model is connected. An admin can add one here.'}</Text>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        {providers.map((provider) => (
          <section key={provider.id} className="tl-card" style={{ padding: 16 }} aria-label={provider.name}>
            <Group justify="space-between" wrap="nowrap" mb={4}>
              <Title order={2}>{provider.name}</Title>
              <Group gap={6} wrap="nowrap">
                {provider.isChat && <Pill tone="good">in use</Pill>}
                {provider.health && <Pill tone={health[provider.health][0]}>{health[provider.health][1]}</Pill>}
                {manage && (
                  <MoreMenu
                    label={`Actions for ${provider.name}`}
                    entries={[
                      ...(provider.isChat
                        ? []
                        : [
                            {
                              label: 'Use this one',
                              run: () => choose.mutate({ params: { id: provider.id }, body: { isChat: true } }),
                            },
                          ]),
                      { label: 'Test now', run: () => test.mutate({ params: { id: provider.id } }) },
                      { label: 'Edit', run: () => setEditing(provider) },
                      { label: 'Remove…', run: () => setRemoving(provider), danger: true },
                    ]}
                  />
                )}
              </Group>
            </Group>
            <Text size="sm">
              {provider.model} <span className="tl-muted">· {kinds[provider.kind]}</span>
            </Text>
            {provider.baseUrl && (
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {provider.baseUrl}
              </Text>
            )}
            {manage && (
              <Text size="sm" c="dimmed">
                {typeof provider.inputPrice === 'number' && typeof provider.outputPrice === 'number'
                  ? `$${provider.inputPrice} in, $${provider.outputPrice} out for a million tokens`
                  : 'No price set: its cost is not known'}
                {provider.answers && provider.health === 'ok' && ` · asked ${ways[provider.answers]}`}
              </Text>
            )}
            {provider.healthDetail && (
              <Text size="sm" c="var(--tl-bad)">
                {provider.healthDetail}{' '}
                {provider.healthAt && <span className="tl-muted">· {ago(provider.healthAt)}</span>}
              </Text>
            )}
          </section>
        ))}
      </SimpleGrid>
      {manage && <Limits />}
      {manage && <Uses />}
      {editing && <ProviderDialog provider={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
      <Confirm
        opened={removing !== null}
        title={`Remove “${removing?.name}”?`}
        deed="Remove model"
        danger
        busy={remove.isPending}
        onClose={() => setRemoving(null)}
        onConfirm={() => removing && remove.mutate({ params: { id: removing.id } })}
      >
        Its key is forgotten. What was used stays in the list.
      </Confirm>
    </Stack>
  )
}

const fields = [
  'name',
  'kind',
  'model',
  'apiKey',
  'baseUrl',
  'region',
  'accessKeyId',
  'inputPrice',
  'outputPrice',
] as const

function ProviderDialog({ provider, onClose }: { provider: Provider | null; onClose(): void }) {
  const [models, setModels] = useState<string[] | null>(null)
  const [loading, setLoading] = useState(false)
  const form = useForm({
    initialValues: {
      kind: provider?.kind ?? ('openai' as Kind),
      name: provider?.name ?? '',
      model: provider?.model ?? '',
      apiKey: '',
      baseUrl: provider?.baseUrl ?? '',
      region: provider?.region ?? '',
      accessKeyId: provider?.accessKeyId ?? '',
      inputPrice: (provider?.inputPrice ?? '') as number | '',
      outputPrice: (provider?.outputPrice ?? '') as number | '',
      '': '',
    },
  })
  const { kind } = form.values
  const text = (value: string) => (value.trim() === '' ? null : value.trim())
  const price = (value: number | '') => (value === '' ? null : value)
  const load = async () => {
    setLoading(true)
    try {
      const { values } = form
      const body =
        provider && values.apiKey === ''
          ? { providerId: provider.id }
          : { kind, apiKey: text(values.apiKey), baseUrl: text(values.baseUrl) }
      const found = await api('POST /ai/models', { body })
      setModels(found.models?.filter(({ writes }) => writes).map(({ id }) => id) ?? [])
      if (!found.models) form.setFieldError('model', 'This provider has no list; write the model’s id.')
      else if (found.models.length === 0) form.setFieldError('model', 'The list is empty; write the model’s id.')
    } catch (error) {
      form.setErrors(fieldErrors(error, fields))
    } finally {
      setLoading(false)
    }
  }
  const submit = form.onSubmit(async (values) => {
    const shared = {
      name: values.name.trim() || kinds[kind],
      model: values.model,
      baseUrl: text(values.baseUrl),
      region: text(values.region),
      accessKeyId: text(values.accessKeyId),
      inputPrice: price(values.inputPrice),
      outputPrice: price(values.outputPrice),
    }
    try {
      if (provider) {
        await api('PATCH /ai/providers/:id', {
          params: { id: provider.id },
          body: { ...shared, ...(values.apiKey !== '' && { apiKey: values.apiKey }) },
          ...(provider.version !== undefined && { ifMatch: provider.version }),
        })
        const found = await api('POST /ai/providers/:id/test', { params: { id: provider.id } })
        found.ok ? toast('Saved; it answers') : toastProblem(`Saved, but it does not answer: ${found.detail}`)
      } else {
        const { test } = await api('POST /ai/providers', { body: { kind, ...shared, apiKey: text(values.apiKey) } })
        test.ok
          ? toast(`Connected; it answered after ${(test.latencyMs / 1000).toFixed(1)} s`)
          : toastProblem(`Saved, but it does not answer: ${test.detail}`)
      }
      void queryClient.invalidateQueries()
      onClose()
    } catch (error) {
      form.setErrors(fieldErrors(error, fields))
    }
  })
  return (
    <Modal opened onClose={onClose} title={provider ? `Edit ${provider.name}` : 'Add an AI model'} size={520}>
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <Select
            label="Provider"
            data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
            allowDeselect={false}
            disabled={provider !== null}
            {...form.getInputProps('kind')}
          />
          {kind !== 'bedrock' && (
            <TextInput
              label="Address"
              required={kind === 'openai-compatible'}
              placeholder={kind === 'openai-compatible' ? 'http://localhost:11434/v1' : 'The provider’s own unless set'}
              description={
                kind === 'openai-compatible'
                  ? 'A server on your own network must be allowed by the operator: ALLOW_PRIVATE_HOSTS=localhost:11434'
                  : undefined
              }
              {...form.getInputProps('baseUrl')}
            />
          )}
          {kind === 'bedrock' && (
            <Group grow align="flex-start">
              <TextInput label="Region" placeholder="eu-central-1" {...form.getInputProps('region')} />
              <TextInput
                label="Access key id"
                description="Empty with an API key"
                {...form.getInputProps('accessKeyId')}
              />
            </Group>
          )}
          <PasswordInput
            label={kind === 'bedrock' ? 'API key or secret access key' : 'API key'}
            description={
              provider?.hasKey ? 'Empty keeps the one that is stored.' : 'Kept encrypted, never shown again.'
            }
            autoComplete="off"
            {...form.getInputProps('apiKey')}
          />
          <Group align="flex-end" wrap="nowrap" gap={8}>
            <Autocomplete
              label="Model"
              required
              style={{ flex: 1 }}
              data={models ?? []}
              placeholder={kind === 'openai-compatible' ? 'qwen3:14b' : ''}
              {...form.getInputProps('model')}
            />
            {kind !== 'bedrock' && (
              <Button variant="default" loading={loading} onClick={() => void load()}>
                List models
              </Button>
            )}
          </Group>
          <TextInput label="Name" placeholder={kinds[kind]} {...form.getInputProps('name')} />
          <Group grow>
            <NumberInput
              label="Price in"
              prefix="$"
              min={0}
              decimalScale={4}
              description="US dollars, a million tokens"
              {...form.getInputProps('inputPrice')}
            />
            <NumberInput
              label="Price out"
              prefix="$"
              min={0}
              decimalScale={4}
              description="US dollars, a million tokens"
              {...form.getInputProps('outputPrice')}
            />
          </Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Save and test
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

function Limits() {
  const settings = useApi('GET /ai/settings')
  if (!settings.data) return null
  return <LimitsForm key={`${settings.data.monthlyUsd} ${settings.data.monthlyTokens}`} settings={settings.data} />
}

function LimitsForm({ settings }: { settings: Answer<'GET /ai/settings'> }) {
  const navigate = useNavigate()
  const [usd, setUsd] = useState<number | ''>(settings.monthlyUsd ?? '')
  const [tokens, setTokens] = useState<number | ''>(settings.monthlyTokens ?? '')
  const save = useAct('PATCH /ai/settings', { done: 'Limits saved' })
  const reset = useAct('POST /ai/instructions/reset', { done: 'The default instructions are back' })
  const { month, instructions } = settings
  const edit = async () => {
    try {
      const id = instructions.templateId ?? (await api('POST /ai/instructions/reset')).id
      await navigate({ to: '/templates/$id', params: { id } })
    } catch (error) {
      toastProblem(error)
    }
  }
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <section className="tl-card" style={{ padding: 16 }} aria-label="This month">
        <Title order={2} mb={8}>
          This month
        </Title>
        <Text size="sm" mb={12} className="tl-number">
          {month.requests.toLocaleString('en')} requests,{' '}
          {(month.inputTokens + month.outputTokens).toLocaleString('en')} tokens, ${month.costUsd.toFixed(2)}
        </Text>
        <Group align="flex-end">
          <NumberInput
            label="Limit in US dollars"
            prefix="$"
            min={0}
            placeholder="none"
            value={usd}
            onChange={(value) => setUsd(value === '' ? '' : Number(value))}
            w={150}
          />
          <NumberInput
            label="Limit in tokens"
            min={0}
            thousandSeparator
            placeholder="none"
            value={tokens}
            onChange={(value) => setTokens(value === '' ? '' : Number(value))}
            w={170}
          />
          <Button
            variant="default"
            loading={save.isPending}
            onClick={() =>
              save.mutate({
                body: { monthlyUsd: usd === '' ? null : usd, monthlyTokens: tokens === '' ? null : tokens },
              })
            }
          >
            Save limits
          </Button>
        </Group>
      </section>
      <section className="tl-card" style={{ padding: 16 }} aria-label="Instructions">
        <Title order={2} mb={8}>
          Instructions
        </Title>
        <Text size="sm" mb={12}>
          What the model is told in front of every request, as the template “flow-generator”: tone, language, your
          rules. {instructions.isDefault ? 'It is the default text.' : 'It was changed.'}
        </Text>
        <Group gap={8}>
          <Button variant="default" onClick={() => void edit()}>
            Edit instructions
          </Button>
          {!instructions.isDefault && (
            <Anchor component="button" type="button" size="sm" onClick={() => reset.mutate({})}>
              Restore the default
            </Anchor>
          )}
        </Group>
      </section>
    </SimpleGrid>
  )
}

const deeds = { workflow: 'Workflow', text: 'Text', test: 'Test' }

function Uses() {
  const list = usePages('GET /ai/usage', { query: { limit: 20 } })
  if (list.items.length === 0) return null
  return (
    <section aria-label="Lately">
      <Title order={2} mb={8}>
        Lately
      </Title>
      <div style={{ overflowX: 'auto' }}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>When</Table.Th>
              <Table.Th>What</Table.Th>
              <Table.Th>Model</Table.Th>
              <Table.Th>Tokens</Table.Th>
              <Table.Th>Cost</Table.Th>
              <Table.Th>Result</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.items.map((use) => (
              <Table.Tr key={use.id}>
                <Table.Td title={exact(use.createdAt)}>{ago(use.createdAt)}</Table.Td>
                <Table.Td>{deeds[use.kind]}</Table.Td>
                <Table.Td>{use.model}</Table.Td>
                <Table.Td className="tl-number">{(use.inputTokens + use.outputTokens).toLocaleString('en')}</Table.Td>
                <Table.Td className="tl-number">
                  {use.costUsd === null ? 'not known' : `$${use.costUsd.toFixed(4)}`}
                </Table.Td>
                <Table.Td>{use.outcome === 'ok' ? 'ok' : use.outcome.replaceAll('_', ' ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {list.hasMore && (
        <Button variant="default" size="xs" mt={8} loading={list.loadingMore} onClick={list.more}>
          More
        </Button>
      )}
    </section>
  )
}

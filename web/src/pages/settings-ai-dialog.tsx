import { Autocomplete, Button, Group, Modal, NumberInput, Select, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { api, type Item } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { SaveAndTest } from '../parts/connection-card.tsx'
import { useEdited } from '../parts/edited.tsx'
import { showInvalid } from '../parts/invalid.ts'
import { SecretInput } from '../parts/secret-input.tsx'
import { queryClient, showRefusal, toast, toastProblem } from '../query.ts'

type Provider = Item<'GET /ai/providers'>
type Kind = Provider['kind']

/** Providers by what a person calls them. */
export const kinds: Record<Kind, string> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  bedrock: 'Amazon Bedrock',
  'openai-compatible': 'OpenAI-compatible (Ollama, vLLM, LM Studio …)',
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

/** A form filled from a model, or empty. */
const valuesOf = (provider: Provider | null) => ({
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
})

/** Connects an AI model, or changes one; saving tests it. */
export function ProviderDialog({ provider, onClose }: { provider: Provider | null; onClose(): void }) {
  const [models, setModels] = useState<string[] | null>(null)
  const [loading, setLoading] = useState(false)
  const form = useForm({ initialValues: valuesOf(provider) })
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
      showRefusal(form, error, fields)
    } finally {
      setLoading(false)
    }
  }
  const save = async (version: number) => {
    const values = form.getValues()
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
          ifMatch: version,
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
      if (!edited.refused(error)) showRefusal(form, error, fields)
    }
  }
  const edited = useEdited(provider?.version ?? 0, {
    keep: (version) => void save(version),
    take: async () => {
      const theirs = await api('GET /ai/providers/:id', { params: { id: provider?.id ?? '' } })
      form.setValues(valuesOf(theirs))
      return theirs.version ?? 0
    },
  })
  const submit = form.onSubmit(() => save(edited.version))
  return (
    <Modal opened onClose={onClose} title={provider ? `Edit ${provider.name}` : 'Add an AI model'} size={520}>
      <form onSubmit={submit} onInvalid={showInvalid(form)}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          {edited.notice}
          <Select
            label="Provider"
            data={Object.entries(kinds).map(([value, label]) => ({ value, label }))}
            allowDeselect={false}
            disabled={provider !== null}
            {...form.getInputProps('kind')}
          />

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
          <SecretInput
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
              clampBehavior="none"
              decimalScale={4}
              description="US dollars, a million tokens"
              {...form.getInputProps('inputPrice')}
            />
            <NumberInput
              label="Price out"
              prefix="$"
              min={0}
              clampBehavior="none"
              decimalScale={4}
              description="US dollars, a million tokens"
              {...form.getInputProps('outputPrice')}
            />
          </Group>
          <SaveAndTest busy={form.submitting} onClose={onClose} />
        </Stack>
      </form>
    </Modal>
  )
}

import { Anchor, Button, Group, NumberInput, SimpleGrid, Table, Text, Title } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { ago, count, exact } from '../format.ts'
import { FormProblem } from '../parts/bits.tsx'
import { fieldErrors, toastProblem, useAct, useApi, usePages } from '../query.ts'

/** What may be used in a month, and the instructions that the model follows. */
export function Limits() {
  const settings = useApi('GET /ai/settings')
  if (!settings.data) return null
  return <LimitsForm key={`${settings.data.monthlyUsd} ${settings.data.monthlyTokens}`} settings={settings.data} />
}

function LimitsForm({ settings }: { settings: Answer<'GET /ai/settings'> }) {
  const navigate = useNavigate()
  const [usd, setUsd] = useState<number | ''>(settings.monthlyUsd ?? '')
  const [tokens, setTokens] = useState<number | ''>(settings.monthlyTokens ?? '')
  const save = useAct('PATCH /ai/settings', { done: 'Limits saved', quiet: true })
  const faults = save.error ? fieldErrors(save.error, ['monthlyUsd', 'monthlyTokens']) : {}
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
          {count(month.requests)} requests, {count(month.inputTokens + month.outputTokens)} tokens, $
          {month.costUsd.toFixed(2)}
        </Text>
        <FormProblem text={faults['']} />
        <Group align={save.error ? 'flex-start' : 'flex-end'}>
          <NumberInput
            label="Limit in US dollars"
            prefix="$"
            min={0}
            placeholder="none"
            error={faults.monthlyUsd}
            value={usd}
            onChange={(value) => setUsd(value === '' ? '' : Number(value))}
            w={150}
          />
          <NumberInput
            label="Limit in tokens"
            min={0}
            thousandSeparator
            placeholder="none"
            error={faults.monthlyTokens}
            value={tokens}
            onChange={(value) => setTokens(value === '' ? '' : Number(value))}
            w={170}
          />
          <Button
            variant="default"
            loading={save.isPending}
            mt={save.error ? 24 : 0}
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

/** What was asked lately, and what it used. */
export function Uses() {
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
                <Table.Td className="tl-number">{count(use.inputTokens + use.outputTokens)}</Table.Td>
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

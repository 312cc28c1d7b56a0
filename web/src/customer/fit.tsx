import { Button, Group, Modal, NumberInput, Select, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useState } from 'react'
import { type Answer, ApiProblem, api, type Item } from '../api.ts'
import { exact, nameOf } from '../format.ts'
import { FormProblem, Time } from '../parts/bits.tsx'
import { useCriteria } from '../parts/choices.ts'
import type { Customer } from '../parts/customer-form.tsx'
import { Empty, Show } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, toast, useApi, usePages } from '../query.ts'

type Assessment = Item<'GET /customers/:id/scores/history'>
type Scores = Answer<'GET /customers/:id/scores'>

/** +0.25: a score or a change of one. */
export const signed = (score: number): string => `${score > 0 ? '+' : ''}${Math.round(score * 100) / 100}`

/** How well a customer fits the products: scores, how they came about, and setting one by hand. */
export function Fit({ customer }: { customer: Customer }) {
  const scores = useApi('GET /customers/:id/scores', { params: { id: customer.id } })
  const history = usePages('GET /customers/:id/scores/history', { params: { id: customer.id }, query: { limit: 200 } })
  const [scoring, setScoring] = useState(false)
  const gone = customer.archivedAt !== null || customer.erasedAt !== null
  const set = (
    <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setScoring(true)}>
      Set a score
    </Button>
  )
  return (
    <Show of={scores}>
      {({ items, products }) => (
        <Stack>
          {items.length === 0 && history.items.length === 0 ? (
            <Empty title="No score yet" action={gone ? undefined : set}>
              The rules of your products’ criteria, campaign steps, people and imports write scores.
            </Empty>
          ) : (
            <>
              {!gone && <Group justify="flex-end">{set}</Group>}
              {products.map((product) => (
                <ProductFit key={product.productId} product={product} scores={items} history={history.items} />
              ))}
              <section className="tl-card">
                <Title order={2} p="12px 16px 4px">
                  How they came about
                </Title>
                <DataTable
                  label="Fit assessments"
                  list={history}
                  idOf={(row) => row.id}
                  columns={[
                    { title: 'When', phone: 'bare', cell: (row) => <Time at={row.at} /> },
                    { title: 'Criterion', phone: 'bare', cell: (row) => `${row.product}: ${row.criterion}` },
                    {
                      title: 'Score',
                      align: 'right',
                      cell: (row) => <b className="tl-number">{signed(row.score)}</b>,
                    },
                    {
                      title: 'Change',
                      align: 'right',
                      cell: (row) => <span className="tl-number">{row.delta === null ? '—' : signed(row.delta)}</span>,
                    },
                    { title: 'What made it', phone: 'bare', cell: (row) => row.text },
                  ]}
                  empty={null}
                />
              </section>
            </>
          )}
          {scoring && <ScoreDialog customer={customer} onClose={() => setScoring(false)} />}
        </Stack>
      )}
    </Show>
  )
}

function ProductFit({
  product,
  scores,
  history,
}: {
  product: Scores['products'][number]
  scores: Scores['items']
  history: readonly Assessment[]
}) {
  return (
    <section className="tl-card" style={{ padding: 16 }}>
      <Title order={2} mb={6}>
        {product.product} <span className="tl-number">{signed(product.score)}</span>
      </Title>
      <Stack gap={10}>
        {scores
          .filter((score) => score.productId === product.productId)
          .map((score) => (
            <Group key={score.criterionId} gap={16} wrap="wrap">
              <Text size="sm" style={{ flex: '1 1 200px' }}>
                {score.criterion}{' '}
                <span className="tl-muted">
                  ({score.type}, weight {score.weight})
                </span>{' '}
                <b className="tl-number">{signed(score.score)}</b>
              </Text>
              <Course
                name={score.criterion}
                assessments={history.filter((row) => row.criterionId === score.criterionId)}
              />
            </Group>
          ))}
      </Stack>
    </section>
  )
}

const width = 280
const height = 44

/** A score's course as steps, oldest left; the table below it says the same in words. */
function Course({ name, assessments }: { name: string; assessments: readonly Assessment[] }) {
  const points = [...assessments].reverse()
  const [first] = points
  const last = points.at(-1)
  if (!first || !last) return null
  const start = new Date(first.at).getTime()
  const span = Math.max(1, Date.now() - start)
  const x = (at: string) => ((new Date(at).getTime() - start) / span) * (width - 8) + 4
  const y = (score: number) => ((1 - score) / 2) * (height - 8) + 4
  const path = points
    .map(
      (point, index) =>
        `${index === 0 ? 'M' : `H ${x(point.at)} V`} ${index === 0 ? `${x(point.at)} ${y(point.score)}` : y(point.score)}`,
    )
    .join(' ')
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={`${name}: from ${signed(first.score)} on ${exact(first.at)} to ${signed(last.score)} now, ${points.length} assessments`}
      style={{ maxWidth: '100%' }}
    >
      <line x1={0} x2={width} y1={y(0)} y2={y(0)} stroke="var(--mantine-color-default-border)" />
      <path d={`${path} H ${width - 4}`} fill="none" stroke="var(--mantine-primary-color-filled)" strokeWidth={2} />
      {points.map((point) => (
        <circle key={point.id} cx={x(point.at)} cy={y(point.score)} r={3} fill="var(--mantine-primary-color-filled)">
          <title>{`${signed(point.score)} · ${exact(point.at)} · ${point.text}`}</title>
        </circle>
      ))}
    </svg>
  )
}

function ScoreDialog({ customer, onClose }: { customer: Customer; onClose(): void }) {
  const criteria = useCriteria()
  const [criterionId, setCriterionId] = useState<string | null>(null)
  const [score, setScore] = useState<number | string>('')
  const [reason, setReason] = useState('')
  const [faults, setFaults] = useState<Record<string, string>>({})
  const [busy, setBusy] = useState(false)
  const submit = async () => {
    const missing = {
      ...(criterionId === null && { criterionId: 'Choose a criterion.' }),
      ...(score === '' && { score: 'Write a number from -1 to 1.' }),
    }
    setFaults(missing)
    if (criterionId === null || score === '') return
    setBusy(true)
    try {
      await api('POST /customers/:id/scores', {
        params: { id: customer.id },
        body: { criterionId, score: Number(score), reason: reason.trim() || null },
      })
      void queryClient.invalidateQueries()
      toast('Score set')
      onClose()
    } catch (problem) {
      const errors = problem instanceof ApiProblem ? problem.errors : []
      setFaults(
        errors.length > 0
          ? Object.fromEntries(errors.map(({ path, message }) => [path, message]))
          : { '': problem instanceof Error ? problem.message : String(problem) },
      )
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal opened onClose={onClose} title={`Score ${nameOf(customer)}`}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Stack>
          <FormProblem text={faults['']} />
          <Select
            label="Criterion"
            data={criteria}
            value={criterionId}
            onChange={setCriterionId}
            error={faults.criterionId}
            searchable
            required
            placeholder={criteria.length === 0 ? 'No product has a criterion yet' : 'Choose'}
            data-autofocus
          />
          <NumberInput
            label="Score"
            description="From -1 (does not fit) to 1 (fits)."
            min={-1}
            max={1}
            step={0.1}
            decimalScale={3}
            value={score}
            onChange={setScore}
            error={faults.score}
            required
          />
          <Textarea
            label="Reason"
            description="Kept in the history."
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            error={faults.reason}
            maxLength={1000}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Set score
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

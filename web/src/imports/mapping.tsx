import { Button, Group, Select, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import type { Answer, Item } from '../api.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useProducts } from '../parts/choices.ts'
import { fieldErrors, useAct } from '../query.ts'
import { showImport } from './sending.ts'

type Columns = Answer<'GET /imports/:id/columns'>['columns']

const fields: { value: string; label: string }[] = [
  { value: 'email', label: 'Email' },
  { value: 'firstName', label: 'First name' },
  { value: 'lastName', label: 'Last name' },
  { value: 'fullName', label: 'Full name' },
  { value: 'externalId', label: 'External id' },
  { value: 'phone', label: 'Phone' },
  { value: 'linkedinUrl', label: 'LinkedIn link' },
  { value: 'telegramChatId', label: 'Telegram chat id' },
  { value: 'language', label: 'Language' },
  { value: 'country', label: 'Country' },
  { value: 'timezone', label: 'Time zone' },
  { value: 'tags', label: 'Tags, split at ; or |' },
  { value: 'trackingConsent', label: 'Tracking consent' },
  { value: 'company.name', label: 'Company name' },
  { value: 'company.domain', label: 'Company domain' },
  { value: 'company.industry', label: 'Company industry' },
]

const leaveOut = 'nothing'

/** What each column of a file becomes; then the whole file is checked by it. */
export function Mapping({
  row,
  columns,
  onChecking,
  onCancel,
}: {
  row: Item<'GET /imports'>
  columns: Columns
  onChecking(): void
  onCancel(): void
}) {
  const products = useProducts()
  const guessed = columns.map(({ target }) => target || leaveOut)
  const [targets, setTargets] = useState(() =>
    columns.map(({ key, target }) => (row.mapping[key] ?? target) || leaveOut),
  )
  const [asked, setAsked] = useState(false)
  const check = useAct('POST /imports/:id/check', {
    quiet: true,
    after: (checking) => {
      showImport(checking)
      onChecking()
    },
  })
  const isTwice = (index: number) => targets[index] !== leaveOut && targets.indexOf(targets[index] ?? '') !== index
  const faultOf = (index: number) => {
    if (!asked || !isTwice(index)) return undefined
    const first = targets.indexOf(targets[index] ?? '')
    return `“${columns[first]?.header}” becomes this already. Choose another, or leave it out.`
  }
  const submit = () => {
    setAsked(true)
    if (targets.some((_, index) => isTwice(index))) return
    const mapping = Object.fromEntries(
      columns.flatMap(({ key }, index) =>
        targets[index] === guessed[index] ? [] : [[key, targets[index] === leaveOut ? '' : (targets[index] ?? '')]],
      ),
    )
    check.mutate({ params: { id: row.id }, body: { mapping } })
  }
  const choices = (index: number) => {
    const target = guessed[index] ?? leaveOut
    const own = target.startsWith('attributes.')
      ? [{ value: target, label: `Attribute “${target.slice('attributes.'.length)}”` }]
      : []
    const scores = products.map(({ label }) => ({ value: `product:${label}:score`, label: `Score on ${label}` }))
    return [...fields, ...own, ...scores, { value: leaveOut, label: 'Leave out' }]
  }
  return (
    <Stack>
      {check.error && <FormProblem text={Object.values(fieldErrors(check.error, [])).join(' ')} />}
      <div className="tl-card">
        <Title order={2} p="14px 16px 6px">
          {row.fileName ?? 'The file'}: what each column becomes
        </Title>
        <div className="tl-scroll">
          <table className="tl-table" aria-label="Columns">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Becomes</th>
                <th scope="col">Looks like</th>
                <th scope="col">First values</th>
              </tr>
            </thead>
            <tbody>
              {columns.map((column, index) => (
                <tr key={column.key}>
                  <td>
                    <b>{column.header || '(no name)'}</b>
                  </td>
                  <td>
                    <Select
                      aria-label={`What ${column.key} becomes`}
                      size="xs"
                      data={choices(index)}
                      value={targets[index] ?? leaveOut}
                      allowDeselect={false}
                      searchable
                      error={faultOf(index)}
                      onChange={(target) =>
                        setTargets(targets.map((old, at) => (at === index ? (target ?? leaveOut) : old)))
                      }
                      w={220}
                    />
                  </td>
                  <td className="tl-muted">{column.looksLike}</td>
                  <td className="tl-muted">
                    <bdi>{column.samples.slice(0, 3).join(' · ') || '(empty)'}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <Group>
        <Button loading={check.isPending} onClick={submit}>
          Check the file
        </Button>
        <Button variant="default" disabled={check.isPending} onClick={onCancel}>
          Choose another file
        </Button>
        <Text size="sm" c="dimmed">
          Checking writes nothing: it says what importing would do.
        </Text>
      </Group>
    </Stack>
  )
}

import { Button, CopyButton, Group, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { Pill } from '../parts/bits.tsx'

type Check = Answer<'POST /credentials/check-domain'>['checks'][number]

const names = { spf: 'SPF', dkim: 'DKIM', dmarc: 'DMARC' } as const
const purposes = {
  spf: 'which servers may send in this name',
  dkim: 'the signature of each mail',
  dmarc: 'what happens to forgeries',
} as const
const states = {
  ok: { tone: 'good', word: 'in order' },
  warn: { tone: 'warn', word: 'look at it' },
  missing: { tone: 'bad', word: 'missing' },
  unknown: { tone: 'flat', word: 'not known' },
} as const

/** What the sender's domain says about mail in its name, and what to publish where it says too little. */
export function DomainChecks({ senderEmail, host }: { senderEmail: string; host: string }) {
  const [selector, setSelector] = useState('')
  const [asked, setAsked] = useState('')
  const found = useQuery({
    queryKey: ['domain', senderEmail, host, asked],
    queryFn: ({ signal }) =>
      api('POST /credentials/check-domain', {
        body: { senderEmail, host, ...(asked && { selector: asked }) },
        signal,
      }),
    retry: false,
    staleTime: 0,
    placeholderData: (before) => before,
  })
  if (found.error) {
    return (
      <Text size="sm" c="var(--tl-bad)" role="alert">
        {found.error.message}
      </Text>
    )
  }
  if (!found.data) return <Skeleton height={150} role="status" aria-busy="true" aria-label="Looking up the domain" />
  const dkim = found.data.checks.find(({ what }) => what === 'dkim')
  return (
    <Stack gap={12} style={{ opacity: found.isPlaceholderData ? 0.5 : 1 }}>
      <Group justify="space-between">
        <Text fw={600}>{found.data.domain}</Text>
        <Button size="xs" variant="default" loading={found.isFetching} onClick={() => void found.refetch()}>
          Check again
        </Button>
      </Group>
      {found.data.checks.map((check) => (
        <OneCheck key={check.what} check={check} />
      ))}
      {dkim && dkim.status !== 'ok' && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            setAsked(selector.trim())
          }}
        >
          <Group align="end" gap={8}>
            <TextInput
              label="DKIM selector"
              description="What stands before “._domainkey” in the record that your provider gave you."
              placeholder="s1"
              value={selector}
              onChange={(event) => setSelector(event.currentTarget.value)}
              style={{ flex: 1 }}
            />
            <Button type="submit" variant="default">
              Look up
            </Button>
          </Group>
        </form>
      )}
    </Stack>
  )
}

function OneCheck({ check: { what, status, says, found, record } }: { check: Check }) {
  return (
    <section aria-label={names[what]}>
      <Group gap={8}>
        <Text fw={600}>{names[what]}</Text>
        <Pill tone={states[status].tone}>{states[status].word}</Pill>
        <Text size="sm" c="dimmed">
          {purposes[what]}
        </Text>
      </Group>
      <Text size="sm" mt={2}>
        {says}
      </Text>
      {record && (
        <Table mt={6} withTableBorder fz="xs" layout="fixed" aria-label={`Record for ${names[what]}`}>
          <Table.Tbody>
            {(
              [
                ['Type', record.type],
                ['Name', record.name],
                ['Value', record.value],
              ] as const
            ).map(([label, value]) => (
              <Table.Tr key={label}>
                <Table.Th w={60}>{label}</Table.Th>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  <code>{value}</code>
                </Table.Td>
                <Table.Td w={84} ta="right">
                  {label !== 'Type' && (
                    <CopyButton value={value}>
                      {({ copied, copy }) => (
                        <Button
                          size="compact-xs"
                          variant="default"
                          onClick={copy}
                          aria-label={`Copy the ${label.toLowerCase()} of ${names[what]}`}
                        >
                          {copied ? 'Copied' : 'Copy'}
                        </Button>
                      )}
                    </CopyButton>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {found && (record || status !== 'ok') && (
        <Text size="xs" c="dimmed" mt={4} style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
          As it stands: {found}
        </Text>
      )}
    </section>
  )
}

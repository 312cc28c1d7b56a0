import { Alert, Button, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { nameOf, plural } from '../format.ts'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { useRuleNames } from './choices.ts'
import type { RulesPreview } from './preview.ts'
import { ruleText } from './rule-text.ts'

/** How many match rules, and some of them with the rules they match by. */
export function WhoMatches({ preview }: { preview: RulesPreview }) {
  const { data, error, counting, empty } = preview
  const names = useRuleNames()
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label="Who matches">
      <Text fw={600}>Who matches</Text>
      <div aria-live="polite" style={{ opacity: counting ? 0.6 : 1 }}>
        {empty && <Text c="dimmed">Fill in a rule to see who matches.</Text>}
        {!empty && data && (
          <>
            <Text fz={28} lh="36px" fw={600} className="tl-number">
              <PeopleCount
                n={data.count}
                who="matching these rules"
                to={`/customers?rules=${encodeURIComponent(JSON.stringify(preview.rules))}`}
              />
            </Text>
            <Text c="dimmed" size="sm">
              of {plural(data.customers, 'customer')}
            </Text>
            {data.count === 0 && (
              <Text size="sm" mt={8} component="div">
                {preview.blocker ? (
                  <>
                    Nobody matches. The rule that removes everyone: <b>{ruleText(preview.blocker, names)}</b>{' '}
                    <Button size="compact-xs" variant="subtle" onClick={showBlocker}>
                      Show
                    </Button>
                  </>
                ) : (
                  'Nobody matches these rules.'
                )}
              </Text>
            )}
          </>
        )}
      </div>
      {counting && <div className="tl-counting" />}
      {error && !counting && (
        <Alert color="red" mt={8} role="alert">
          {error.message}
        </Alert>
      )}
      {data && data.items.length > 0 && (
        <Stack gap={10} mt={12} component="ul" p={0} style={{ listStyle: 'none', opacity: counting ? 0.5 : 1 }}>
          {data.items.map((customer) => (
            <li key={customer.id}>
              <Link to="/customers/$id" params={{ id: customer.id }} className="tl-link">
                <bdi>{nameOf(customer)}</bdi>
              </Link>
              <Text size="xs" c="dimmed" lineClamp={2}>
                {customer.because.join(' · ')}
              </Text>
            </li>
          ))}
        </Stack>
      )}
      {!empty && <Checker preview={preview} />}
    </section>
  )
}

/** Brings the marked rule into view, its first input in hand. */
function showBlocker(): void {
  const rule = document.querySelector<HTMLElement>('[data-blocks]')
  rule?.scrollIntoView({ block: 'center' })
  rule?.querySelector<HTMLElement>('input, button')?.focus()
}

/** Whether one customer matches the rules as they are drawn, and which rule decides it. */
function Checker({ preview }: { preview: RulesPreview }) {
  const [customerId, setCustomerId] = useState<string | null>(null)
  const { rules, counting } = preview
  const answer = useQuery({
    queryKey: ['segment checker', rules, customerId],
    queryFn: ({ signal }) =>
      rules === null || customerId === null
        ? null
        : api('POST /segments/preview', { body: { rules, customerId }, signal }),
    enabled: rules !== null && customerId !== null && !counting,
    retry: false,
  })
  const found = answer.data?.customer
  return (
    <div style={{ marginTop: 16 }}>
      <CustomerSelect label="Does this customer match?" value={customerId} onChange={setCustomerId} />
      <div aria-live="polite">
        {customerId !== null && answer.isFetching && (
          <Text size="sm" c="dimmed" mt={6}>
            Checking…
          </Text>
        )}
        {found && !answer.isFetching && (
          <Text size="sm" mt={6}>
            <b>{found.in ? 'Yes.' : 'No.'}</b> {found.because.join(' · ')}
          </Text>
        )}
        {answer.error && (
          <Text size="sm" c="var(--mantine-color-error)" mt={6}>
            {answer.error.message}
          </Text>
        )}
      </div>
    </div>
  )
}

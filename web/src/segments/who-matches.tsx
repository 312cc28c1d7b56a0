import { Alert, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { count, nameOf, plural } from '../format.ts'
import type { RulesPreview } from './preview.ts'

/** How many match rules, and some of them with the rules they match by. */
export function WhoMatches({ preview }: { preview: RulesPreview }) {
  const { data, error, counting, empty } = preview
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label="Who matches">
      <Text fw={600}>Who matches</Text>
      <div aria-live="polite" style={{ opacity: counting ? 0.6 : 1 }}>
        {empty && <Text c="dimmed">Fill in a rule to see who matches.</Text>}
        {!empty && data && (
          <>
            <Text fz={28} lh="36px" fw={600} className="tl-number">
              {count(data.count)}
            </Text>
            <Text c="dimmed" size="sm">
              of {plural(data.customers, 'customer')}
            </Text>
            {data.count === 0 && (
              <Text size="sm" mt={8}>
                {data.blocker
                  ? 'Nobody matches. The rule that leaves nobody is marked.'
                  : 'Nobody matches these rules.'}
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
    </section>
  )
}

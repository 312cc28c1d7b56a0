import { Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useApi } from '../query.ts'

/** The campaigns and segments that go by a segment. Nothing where none does. */
export function UsedBy({ segment }: { segment: { id: string; usedBy: number } }) {
  const uses = useApi('GET /segments/:id/uses', { params: { id: segment.id } }, { enabled: segment.usedBy > 0 }).data
  if (!uses || uses.campaigns.length + uses.segments.length === 0) return null
  return (
    <section className="tl-card" style={{ padding: 16, marginTop: 16 }} aria-label="Used by">
      <Text fw={600} mb={6}>
        Used by
      </Text>
      <ul style={{ margin: 0, paddingLeft: 18 }}>
        {uses.campaigns.map(({ id, name }) => (
          <li key={id}>
            <Link to="/campaigns/$id/$tab" params={{ id, tab: 'audience' }}>
              {name}
            </Link>{' '}
            <span className="tl-muted">campaign</span>
          </li>
        ))}
        {uses.segments.map(({ id, name }) => (
          <li key={id}>
            <Link to="/segments/$id" params={{ id }}>
              {name}
            </Link>{' '}
            <span className="tl-muted">segment</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

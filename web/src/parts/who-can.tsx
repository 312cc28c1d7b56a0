import { Text } from '@mantine/core'
import type { Item } from '../api.ts'
import { usePages } from '../query.ts'

/** Says who may do what one's own role does not allow: "Only admins can see this. Ask Linh or Sara." */
export function WhoCan({ deed }: { deed: string }) {
  const { items } = usePages('GET /members', { query: { limit: 100 } })
  const admins = items.filter(({ role }: Item<'GET /members'>) => role !== 'member').slice(0, 3)
  const names = new Intl.ListFormat('en', { type: 'disjunction' }).format(
    admins.map(({ name, email }) => name || email),
  )
  return (
    <Text c="dimmed">
      Only admins can {deed}.{names && ` Ask ${names}.`}
    </Text>
  )
}

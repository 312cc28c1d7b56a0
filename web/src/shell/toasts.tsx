import { Notifications } from '@mantine/notifications'

/** Shows what was said (query.ts, `toast`). Apart, so that no page waits for it: what is said before waits in the store. */
export function Toasts() {
  return <Notifications position="bottom-left" limit={3} zIndex={900} />
}

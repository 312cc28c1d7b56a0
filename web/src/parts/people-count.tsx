import { Link } from '@tanstack/react-router'
import { count, plural } from '../format.ts'
import { linkTo } from './link.ts'

/** A number of people that opens the list of them (UX §4.3): `to` is the address of that list, `who` says which people they are. */
export function PeopleCount({
  n,
  who,
  to,
  words = false,
  newTab = false,
}: {
  n: number | null
  who: string
  to: string
  /** “12 customers” instead of the number alone. */
  words?: boolean
  /** In a tab of its own: where the page, or a dialog on it, is not done with. */
  newTab?: boolean
}) {
  const text = words && n !== null ? plural(n, 'customer') : count(n)
  if (n === null || n === 0) return <>{text}</>
  return (
    <Link
      {...linkTo(to)}
      className="tl-over tl-people tl-number"
      data-people={n}
      aria-label={`${plural(n, 'customer')} ${who}`}
      {...(newTab && { target: '_blank' })}
    >
      {text}
    </Link>
  )
}

/** A number of messages that opens the log of them: `what` says which messages they are. */
export function MessageCount({ n, what, to }: { n: number; what: string; to: string }) {
  if (n === 0) return <span className="tl-number">0</span>
  return (
    <Link
      {...linkTo(to)}
      className="tl-over tl-people tl-number"
      data-messages={n}
      aria-label={`${plural(n, 'message')} ${what}`}
    >
      {count(n)}
    </Link>
  )
}

/** A number that opens a list of those whom it counts beside the page. */
export function People({ n, label, onOpen }: { n: number; label: string; onOpen(): void }) {
  if (n === 0) return <span className="tl-number">0</span>
  return (
    <button
      type="button"
      className="tl-number-link"
      data-people={n}
      aria-label={`${count(n)} ${label}: show who`}
      onClick={onOpen}
    >
      {count(n)}
    </button>
  )
}

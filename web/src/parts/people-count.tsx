import { Link } from '@tanstack/react-router'
import { count, plural } from '../format.ts'
import { linkTo } from './link.ts'

/** A number of people that opens the list of them (UX §4.3): `to` is the address of that list, `who` says which people they are. */
export function PeopleCount({
  n,
  who,
  to,
  words = false,
}: {
  n: number | null
  who: string
  to: string
  /** “12 customers” instead of the number alone. */
  words?: boolean
}) {
  const text = words && n !== null ? plural(n, 'customer') : count(n)
  if (n === null || n === 0) return <>{text}</>
  return (
    <Link
      {...linkTo(to)}
      className="tl-over tl-people tl-number"
      data-people={n}
      aria-label={`${plural(n, 'customer')} ${who}`}
    >
      {text}
    </Link>
  )
}

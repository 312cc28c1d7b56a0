import type { Item } from '../api.ts'
import { nameOf, plural } from '../format.ts'
import { TagPill, Time } from '../parts/bits.tsx'
import type { Choice } from '../parts/choices.ts'
import type { Column } from '../parts/table.tsx'
import { signed } from './fit.tsx'

type Customer = Item<'GET /customers'>

/** So that the columns that are shown unless chosen otherwise have room on a laptop. */
const narrow = { maxWidth: 140 }
const nothing = <span className="tl-muted">—</span>

/** The columns of a short list of customers, as in a segment or a company. */
export const customerColumns = (owner?: (id: string | null) => string): Column<Customer>[] => [
  {
    title: 'Name',
    sort: 'name',
    phone: 'bare',
    cell: (customer) => (
      <>
        <bdi>{nameOf(customer)}</bdi>
        {customer.email && nameOf(customer) !== customer.email && (
          <span className="tl-row-under" title={customer.email}>
            {customer.email}
          </span>
        )}
      </>
    ),
  },
  {
    title: 'Company',
    sort: 'company',
    phone: 'bare',
    cell: ({ company }) =>
      company ? (
        <span className="tl-clip" style={narrow} title={company.name}>
          {company.name}
        </span>
      ) : (
        nothing
      ),
  },
  {
    title: 'Tags',
    phone: 'bare',
    cell: (customer) => (
      <span className="tl-row-tags">
        {customer.tags.slice(0, 2).map((tag) => (
          <TagPill key={tag} tag={tag} />
        ))}
        {customer.tags.length > 2 && (
          <span className="tl-muted" title={customer.tags.slice(2).join(', ')}>
            +{customer.tags.length - 2}
          </span>
        )}
      </span>
    ),
  },
  { title: 'Country', sort: 'country', phone: 'hide', cell: (customer) => customer.country ?? nothing },
  ...(owner
    ? [
        {
          title: 'Owner',
          phone: 'hide' as const,
          cell: (customer: Customer) => <span className="tl-person">{owner(customer.claimedBy)}</span>,
        },
      ]
    : []),
  { title: 'Added', sort: 'added', phone: 'hide', cell: (customer) => <Time at={customer.createdAt} /> },
]

const text = (value: unknown) =>
  value === null || value === undefined || value === ''
    ? nothing
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value)

/** All columns that the list of customers can show: fields, campaigns, activity, the score on each product, each attribute. */
export function allColumns({
  owner,
  products,
  attributes,
}: {
  owner(id: string | null): string
  products: readonly Choice[]
  /** Names of attributes in use. */
  attributes: readonly string[]
}): Column<Customer>[] {
  const [name, ...rest] = customerColumns(owner)
  const off = { phone: 'hide', off: true } as const
  return [
    ...(name ? [name] : []),
    ...rest
      .filter(({ title }) => title !== 'Added')
      .map((column) => (column.title === 'Country' ? { ...column, off: true } : column)),
    {
      title: 'In campaigns',
      phone: 'hide',
      cell: ({ campaigns = [] }) =>
        campaigns.length === 0 ? (
          nothing
        ) : (
          <span title={campaigns.map((one) => one.name).join(', ')} className="tl-clip" style={narrow}>
            {campaigns.length === 1 ? campaigns[0]?.name : plural(campaigns.length, 'campaign')}
          </span>
        ),
    },
    { title: 'Last activity', phone: 'hide', cell: (customer) => <Time at={customer.lastActivityAt} /> },
    ...products.map(
      ({ value, label }, index): Column<Customer> => ({
        id: `score:${value}`,
        title: `Score: ${label}`,
        sort: `score:${value}`,
        align: 'right',
        phone: 'hide',
        off: index > 0,
        cell: ({ scores = {} }) => (scores[value] === undefined ? nothing : signed(scores[value])),
      }),
    ),
    { ...off, title: 'Added', sort: 'added', cell: (customer) => <Time at={customer.createdAt} /> },
    { ...off, title: 'Changed', sort: 'updated', cell: (customer) => <Time at={customer.updatedAt} /> },
    { ...off, title: 'Email', sort: 'email', cell: (customer) => text(customer.email) },
    { ...off, title: 'Phone', cell: (customer) => text(customer.phone) },
    { ...off, title: 'Language', cell: (customer) => text(customer.language) },
    { ...off, title: 'Time zone', cell: (customer) => text(customer.timezone) },
    { ...off, title: 'External id', cell: (customer) => text(customer.externalId) },
    ...attributes.map(
      (key): Column<Customer> => ({
        ...off,
        id: `attributes.${key}`,
        title: key,
        sort: `attributes.${key}`,
        cell: (customer) => <span className="tl-clip">{text(customer.attributes[key])}</span>,
      }),
    ),
  ]
}

import { Anchor, Title, Tooltip } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { createContext, type ReactNode, useContext } from 'react'
import { useApi } from '../query.ts'

/** What each number means, from the server: the same words as in the documentation. */
const Definitions = createContext<Record<string, string>>({})

/** Reads the definitions once for all that is below. */
export function WithDefinitions({ children }: { children: ReactNode }) {
  const { data } = useApi('GET /analytics/definitions', {}, { staleTime: Number.POSITIVE_INFINITY })
  return <Definitions value={data ?? {}}>{children}</Definitions>
}

/** A word with its definition, on hover and on focus; `more` says what it comes to here. */
export function Term({ of, more = '', children }: { of: string; more?: string; children: ReactNode }) {
  const defined = useContext(Definitions)[of]
  if (defined === undefined) return <span>{children}</span>
  const text = more ? `${defined} ${more}` : defined
  return (
    <Tooltip label={text} multiline w={300} withArrow events={{ hover: true, focus: true, touch: true }}>
      <button
        type="button"
        className="tl-number-link"
        style={{ fontWeight: 'inherit', textDecoration: 'none', padding: 0 }}
      >
        <span className="tl-term">{children}</span>
      </button>
    </Tooltip>
  )
}

/** A part of the page, with its table as CSV. */
export function Section({ title, csv, children }: { title: ReactNode; csv?: string; children: ReactNode }) {
  return (
    <section className="tl-card" style={{ padding: 16, minWidth: 0 }}>
      <div style={{ display: 'flex', alignItems: 'baseline', gap: 12, marginBottom: 10, flexWrap: 'wrap' }}>
        <Title order={2} size="h4">
          {title}
        </Title>
        {csv && (
          <Anchor href={csv} size="xs" ml="auto" download>
            <IconDownload size={13} aria-hidden style={{ verticalAlign: -2 }} /> CSV
          </Anchor>
        )}
      </div>
      {children}
    </section>
  )
}

/** A plain table: what a chart shows, in words. */
export function Grid({
  label,
  head,
  rows,
}: {
  label: string
  /** Titles; one that is defined says by which name. */
  head: readonly (string | { text: string; of: string })[]
  rows: { key: string; cells: ReactNode[] }[]
}) {
  const columns = head.map((title, index) => ({
    key: `column-${index}`,
    title: typeof title === 'string' ? title : <Term of={title.of}>{title.text}</Term>,
    name: typeof title === 'string' ? title : title.text,
    align: index === 0 ? undefined : 'right',
  }))
  return (
    <div className="tl-scroll">
      <table className="tl-table" aria-label={label}>
        <thead>
          <tr>
            {columns.map(({ key, title, align }) => (
              <th key={key} scope="col" data-align={align}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {columns.map((column, index) => (
                <td key={column.key} data-align={column.align} data-label={column.name}>
                  {cells[index]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

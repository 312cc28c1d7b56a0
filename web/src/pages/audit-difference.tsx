import { Link } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { fieldName, fieldsOf, isChange, type Named, objectOf, pageOfNamed, valueInWords } from './audit-words.ts'

type Entry = Item<'GET /audit-log'>

/** What an entry of the audit log is about, with a way there. */
export function On({ row }: { row: Entry }) {
  const { words, page } = objectOf(row)
  return <Linked page={page}>{words}</Linked>
}

function Linked({ page, children }: { page: string | undefined; children: string }) {
  return page ? (
    <Link to={page} className="tl-link">
      {children}
    </Link>
  ) : (
    <span>{children}</span>
  )
}

/** Beyond so many fields the rest is folded away. */
const openFields = 3

/** Field by field: before and after where both are known, else what was noted. */
export function Difference({ row }: { row: Entry }) {
  const fields = fieldsOf(row)
  if (fields.length === 0) return <span className="tl-muted">—</span>
  const shown = <Fields fields={fields.slice(0, openFields)} names={row.names} />
  if (fields.length <= openFields) return shown
  return (
    <>
      {shown}
      <details>
        <summary style={{ fontSize: 12 }}>{fields.length - openFields} more</summary>
        <Fields fields={fields.slice(openFields)} names={row.names} />
      </details>
    </>
  )
}

function Fields({ fields, names }: { fields: [string, unknown][]; names: Entry['names'] }) {
  return (
    <dl className="tl-difference">
      {fields.map(([field, value]) => (
        <div key={field}>
          <dt>{fieldName(field)}</dt>
          <dd>
            {isChange(value) ? (
              <>
                <del>{valueInWords(value.from, field, names)}</del> → <ins>{valueInWords(value.to, field, names)}</ins>
              </>
            ) : (
              <Noted field={field} value={value} names={names} />
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Noted({ field, value, names }: { field: string; value: unknown; names: readonly Named[] }) {
  const named = names.find(({ id }) => id === value)
  return <Linked page={named && pageOfNamed(named)}>{valueInWords(value, field, names)}</Linked>
}

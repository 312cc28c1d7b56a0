import { Title } from '@mantine/core'
import type { Item } from '../api.ts'
import { count } from '../format.ts'
import { Pill, Time, type Tone } from '../parts/bits.tsx'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { usePages } from '../query.ts'

const states: Record<Item<'GET /imports'>['status'], { tone: Tone; text: string }> = {
  uploading: { tone: 'warn', text: 'file not all here' },
  uploaded: { tone: 'warn', text: 'not checked' },
  checking: { tone: 'accent', text: 'checking' },
  checked: { tone: 'warn', text: 'not started' },
  running: { tone: 'accent', text: 'running' },
  done: { tone: 'good', text: 'done' },
  failed: { tone: 'bad', text: 'failed' },
  canceled: { tone: 'flat', text: 'canceled' },
}

/** Imports that were begun before, the newest first; each opens where it stands. */
export function EarlierImports() {
  const list = usePages('GET /imports', { query: { limit: 20 } }, { live: true })
  if (list.items.length === 0) return null
  return (
    <div className="tl-card">
      <Title order={2} p="14px 16px 6px">
        Earlier imports
      </Title>
      <DataTable
        label="Earlier imports"
        list={list}
        idOf={(row) => row.id}
        href={(row) => `/customers/import?id=${row.id}`}
        columns={[
          { title: 'File', phone: 'bare', cell: (row) => row.fileName ?? 'API import' },
          {
            title: 'State',
            phone: 'bare',
            cell: ({ status }) => <Pill tone={states[status].tone}>{states[status].text}</Pill>,
          },
          { title: 'Rows', align: 'right', cell: (row) => count(row.rowsRead) },
          { title: 'Created', align: 'right', cell: (row) => count(row.created) },
          { title: 'Updated', align: 'right', cell: (row) => count(row.updated) },
          { title: 'Rejected', align: 'right', cell: (row) => count(row.rejected) },
          { title: 'Started', cell: (row) => <Time at={row.startedAt} /> },
        ]}
        empty={<Empty title="None yet" />}
      />
    </div>
  )
}

import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { FormProblem } from '../parts/bits.tsx'
import { Empty } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { useAct, usePages } from '../query.ts'
import { showImport } from './sending.ts'

type Import = Item<'GET /imports'>

const Facts = ({ facts }: { facts: [label: string, n: number][] }) => (
  <div className="tl-facts">
    {facts.map(([label, n]) => (
      <div key={label} className="tl-card tl-fact">
        <Text size="sm" c="dimmed">
          {label}
        </Text>
        <b>{count(n)}</b>
      </div>
    ))}
  </div>
)

/** What importing a file would do, and the button that does it. */
export function CheckResult({ row, onRemap, onCancel }: { row: Import; onRemap(): void; onCancel(): void }) {
  const start = useAct('POST /imports/:id/start', { after: showImport })
  const { checked } = row
  if (!checked) return null
  const concerned = checked.created + checked.updated
  return (
    <Stack>
      <Title order={2}>
        {row.fileName ?? 'The file'} would create {count(checked.created)}, update {count(checked.updated)}, reject{' '}
        {count(checked.rejected)}
      </Title>
      <Facts
        facts={[
          ['Rows read', checked.rowsRead],
          ['Would be created', checked.created],
          ['Would be updated', checked.updated],
          ['Are so already', checked.unchanged],
          ['Would be rejected', checked.rejected],
        ]}
      />
      <Group>
        {concerned > 0 ? (
          <Button loading={start.isPending} onClick={() => start.mutate({ params: { id: row.id } })}>
            Import {plural(concerned, 'row')}
          </Button>
        ) : (
          <Text role="status">
            {checked.unchanged > 0 ? 'All of it is here already: there is nothing to import.' : 'No row can be taken.'}
          </Text>
        )}
        <Button variant="default" onClick={onRemap}>
          Change the columns
        </Button>
        <Button variant="default" onClick={onCancel}>
          Choose another file
        </Button>
        <Text size="sm" c="dimmed">
          Nothing is written yet. Who is there already, by email or external id, is updated.
        </Text>
      </Group>
      {checked.rejected > 0 && <Rejects row={row} title="Rows that would not be taken" />}
    </Stack>
  )
}

const headings: Partial<Record<Import['status'], string>> = {
  done: 'Import finished',
  failed: 'The import stopped part way; what was read before stays',
  canceled: 'The import was canceled; what was read before stays',
}

/** What an import did that has ended. */
export function Report({ row, onMore }: { row: Import; onMore(): void }) {
  const began = row.rowsRead > 0 || row.status === 'done'
  return (
    <Stack>
      <FormProblem text={row.error} />
      <Title order={2}>{began ? headings[row.status] : 'Nothing was imported'}</Title>
      {began && (
        <Facts
          facts={[
            ['Rows read', row.rowsRead],
            ['Created', row.created],
            ['Updated', row.updated],
            ['Unchanged', row.unchanged],
            ['Rejected', row.rejected],
          ]}
        />
      )}
      {row.rejected > 0 && <Rejects row={row} title="Rows that were not taken" />}
      <Group>
        {began && (
          <Button component={Link} to="/customers">
            See the customers
          </Button>
        )}
        <Button variant="default" onClick={onMore}>
          Import another file
        </Button>
      </Group>
    </Stack>
  )
}

function Rejects({ row: { id, status }, title }: { row: Import; title: string }) {
  const list = usePages('GET /imports/:id/rejects', { params: { id }, query: { limit: 100 } })
  return (
    <div className="tl-card">
      <Group justify="space-between" p="12px 16px 4px">
        <Title order={2}>{title}</Title>
        <Button
          component="a"
          href={`/api/v1/imports/${id}/rejects.csv`}
          download
          size="xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          Download them
        </Button>
      </Group>
      <DataTable
        key={status}
        label="Rejected rows"
        list={list}
        idOf={(row) => `${row.line} ${row.code}`}
        columns={[
          { title: 'Line', align: 'right', width: 80, cell: (row) => count(row.line) },
          { title: 'Why', phone: 'bare', cell: (row) => row.message },
          {
            title: 'Row',
            phone: 'hide',
            cell: (row) => (
              <code style={{ fontSize: 12, overflowWrap: 'anywhere' }}>
                <bdi>{row.rowText}</bdi>
              </code>
            ),
          },
        ]}
        empty={<Empty title="None" />}
      />
    </div>
  )
}

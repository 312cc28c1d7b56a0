import { Button, FileButton, Group, Progress, Select, Stack, Text, Title } from '@mantine/core'
import { IconUpload } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type DragEvent, useState } from 'react'
import { type Answer, ApiProblem, api, type Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { FormProblem, Pill, Time } from '../parts/bits.tsx'
import { useProducts } from '../parts/choices.ts'
import { Empty, Page } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, useApi, usePages } from '../query.ts'

type Preview = Answer<'POST /customers/import/preview'>
type Report = Omit<Answer<'POST /customers/import'>, 'status'> & { failed: boolean }

const fields: { value: string; label: string }[] = [
  { value: 'email', label: 'Email' },
  { value: 'firstName', label: 'First name' },
  { value: 'lastName', label: 'Last name' },
  { value: 'fullName', label: 'Full name' },
  { value: 'externalId', label: 'External id' },
  { value: 'phone', label: 'Phone' },
  { value: 'linkedinUrl', label: 'LinkedIn link' },
  { value: 'telegramChatId', label: 'Telegram chat id' },
  { value: 'language', label: 'Language' },
  { value: 'country', label: 'Country' },
  { value: 'timezone', label: 'Time zone' },
  { value: 'tags', label: 'Tags, split at ; or |' },
  { value: 'trackingConsent', label: 'Tracking consent' },
  { value: 'company.name', label: 'Company name' },
  { value: 'company.domain', label: 'Company domain' },
  { value: 'company.industry', label: 'Company industry' },
]

/** How much of a file is sent to be looked at, in bytes; the columns and first rows are in it. */
const previewBytes = 512 * 1024

/** Imports a CSV: choose, check what each column becomes, run, read the report. */
export function ImportPage() {
  const [file, setFile] = useState<File | null>(null)
  const [preview, setPreview] = useState<Preview | null>(null)
  const [report, setReport] = useState<Report | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [over, setOver] = useState(false)

  const look = async (chosen: File | null) => {
    if (!chosen) return
    setProblem(null)
    setReport(null)
    setPreview(null)
    setFile(chosen)
    try {
      setPreview(
        await api('POST /customers/import/preview', {
          file: chosen.slice(0, previewBytes),
          query: { fileName: chosen.name },
        }),
      )
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error.message : String(error))
      setFile(null)
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void look(event.dataTransfer.files[0] ?? null)
  }
  const startOver = () => {
    setFile(null)
    setPreview(null)
    setReport(null)
  }
  return (
    <Page title="Import customers" back={{ to: '/customers', label: 'Customers' }}>
      <Stack>
        <FormProblem text={problem} />
        {report ? (
          <ReportView report={report} onMore={startOver} />
        ) : file && preview ? (
          <Mapping
            key={file.name + file.size}
            file={file}
            preview={preview}
            onCancel={startOver}
            onDone={setReport}
            onProblem={setProblem}
          />
        ) : (
          // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the button inside does the same
          <div
            className="tl-card"
            style={{
              padding: 48,
              textAlign: 'center',
              borderStyle: 'dashed',
              borderColor: over ? 'var(--tl-accent)' : undefined,
            }}
            onDragOver={(event) => {
              event.preventDefault()
              setOver(true)
            }}
            onDragLeave={() => setOver(false)}
            onDrop={drop}
          >
            <IconUpload size={32} stroke={1.4} aria-hidden />
            <Text fw={600} mt={8}>
              Drop a CSV here
            </Text>
            <Text c="dimmed" mb={12}>
              The first line names the columns; one of them is an email or an external id. Any size; nothing is written
              before you have seen the columns.
            </Text>
            <FileButton
              onChange={(chosen) => void look(chosen)}
              accept=".csv,text/csv,text/plain"
              inputProps={{ 'aria-label': 'CSV file' }}
            >
              {(props) => (
                <Button {...props} loading={file !== null && preview === null}>
                  Choose a file
                </Button>
              )}
            </FileButton>
          </div>
        )}
        {!file && <Earlier />}
      </Stack>
    </Page>
  )
}

const leaveOut = 'nothing'

function Mapping({
  file,
  preview,
  onCancel,
  onDone,
  onProblem,
}: {
  file: File
  preview: Preview
  onCancel(): void
  onDone(report: Report): void
  onProblem(text: string | null): void
}) {
  const products = useProducts()
  const guessed = preview.columns.map((column) => column.target || leaveOut)
  const [targets, setTargets] = useState(guessed)
  const [running, setRunning] = useState(false)
  const run = async () => {
    onProblem(null)
    setRunning(true)
    const map = preview.columns.flatMap((column, index) =>
      targets[index] === guessed[index]
        ? []
        : [`${column.header}=${targets[index] === leaveOut ? '' : targets[index]}`],
    )
    try {
      const done = await api('POST /customers/import', { file, query: { fileName: file.name, map } })
      onDone({ ...done, failed: false })
    } catch (error) {
      onProblem(error instanceof ApiProblem ? error.message : String(error))
      if (error instanceof ApiProblem && typeof error.extra.rowsRead === 'number' && error.extra.rowsRead > 0) {
        onDone({
          id: String(error.extra.importId),
          error: error.message,
          rejects: [],
          ...(error.extra as Pick<Report, 'rowsRead' | 'created' | 'updated' | 'unchanged' | 'rejected'>),
          failed: true,
        })
      }
    } finally {
      setRunning(false)
      void queryClient.invalidateQueries()
    }
  }
  const choices = (target: string) => {
    const own = target.startsWith('attributes.')
      ? [{ value: target, label: `Attribute “${target.slice('attributes.'.length)}”` }]
      : []
    const scores = products.map((product) => ({
      value: `product:${product.label}:score`,
      label: `Score on ${product.label}`,
    }))
    return [...fields, ...own, ...scores, { value: leaveOut, label: 'Leave out' }]
  }
  return (
    <Stack>
      <div className="tl-card">
        <Title order={2} p="14px 16px 6px">
          {file.name}: what each column becomes
        </Title>
        <div className="tl-scroll">
          <table className="tl-table" aria-label="Columns">
            <thead>
              <tr>
                <th scope="col">Column</th>
                <th scope="col">Becomes</th>
                <th scope="col">First values</th>
              </tr>
            </thead>
            <tbody>
              {preview.columns.map((column, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same name
                <tr key={index}>
                  <td>
                    <b>{column.header || '(no name)'}</b>
                  </td>
                  <td>
                    <Select
                      aria-label={`What ${column.header || `column ${index + 1}`} becomes`}
                      size="xs"
                      data={choices(guessed[index] ?? leaveOut)}
                      value={targets[index] ?? leaveOut}
                      allowDeselect={false}
                      searchable
                      onChange={(target) =>
                        setTargets(targets.map((old, at) => (at === index ? (target ?? leaveOut) : old)))
                      }
                      w={220}
                    />
                  </td>
                  <td className="tl-muted">{column.samples.slice(0, 3).join(' · ') || '(empty)'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      {running && <Running />}
      <Group>
        <Button loading={running} onClick={() => void run()}>
          Import
        </Button>
        <Button variant="default" disabled={running} onClick={onCancel}>
          Choose another file
        </Button>
        <Text size="sm" c="dimmed">
          Who is there already, by email or external id, is updated.
        </Text>
      </Group>
    </Stack>
  )
}

function Running() {
  const latest = useApi('GET /imports', { query: { limit: 1 } }, { refetchInterval: 1_000 }).data?.items[0]
  const rows = latest?.status === 'running' ? latest.rowsRead : 0
  return (
    <div className="tl-card" style={{ padding: 16 }} role="status">
      <Text mb={6}>{rows > 0 ? `${plural(rows, 'row')} read …` : 'Sending the file …'}</Text>
      <Progress value={100} animated aria-label="Import is running" />
    </div>
  )
}

function ReportView({ report, onMore }: { report: Report; onMore(): void }) {
  const facts: [string, number][] = [
    ['Rows read', report.rowsRead],
    ['Created', report.created],
    ['Updated', report.updated],
    ['Unchanged', report.unchanged],
    ['Rejected', report.rejected],
  ]
  return (
    <Stack>
      <Title order={2}>
        {report.failed ? 'The import stopped part way; what was read before stays' : 'Import finished'}
      </Title>
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
      {report.rejected > 0 && <Rejects id={report.id} />}
      <Group>
        <Button component={Link} to="/customers">
          See the customers
        </Button>
        <Button variant="default" onClick={onMore}>
          Import another file
        </Button>
      </Group>
    </Stack>
  )
}

function Rejects({ id }: { id: string }) {
  const list = usePages('GET /imports/:id/rejects', { params: { id }, query: { limit: 100 } })
  return (
    <div className="tl-card">
      <Title order={2} p="14px 16px 6px">
        Rows that were not taken
      </Title>
      <DataTable
        label="Rejected rows"
        list={list}
        idOf={(row) => `${row.line} ${row.code}`}
        columns={[
          { title: 'Line', align: 'right', width: 80, cell: (row) => count(row.line) },
          { title: 'Why', phone: 'bare', cell: (row) => row.message },
          {
            title: 'Row',
            phone: 'hide',
            cell: (row) => <code style={{ fontSize: 12, overflowWrap: 'anywhere' }}>{row.rowText}</code>,
          },
        ]}
        empty={<Empty title="None" />}
      />
    </div>
  )
}

const tones = { running: 'accent', done: 'good', failed: 'bad' } as const

function Earlier() {
  const list = usePages('GET /imports', { query: { limit: 20 } }, { live: true })
  const [open, setOpen] = useState<Item<'GET /imports'> | null>(null)
  if (list.items.length === 0) return null
  return (
    <>
      <div className="tl-card">
        <Title order={2} p="14px 16px 6px">
          Earlier imports
        </Title>
        <DataTable
          label="Earlier imports"
          list={list}
          idOf={(row) => row.id}
          onOpen={(row) => setOpen(row)}
          columns={[
            { title: 'File', phone: 'bare', cell: (row) => row.fileName ?? 'Without a name' },
            { title: 'State', phone: 'bare', cell: (row) => <Pill tone={tones[row.status]}>{row.status}</Pill> },
            { title: 'Rows', align: 'right', cell: (row) => count(row.rowsRead) },
            { title: 'Created', align: 'right', cell: (row) => count(row.created) },
            { title: 'Updated', align: 'right', cell: (row) => count(row.updated) },
            { title: 'Rejected', align: 'right', cell: (row) => count(row.rejected) },
            { title: 'Started', cell: (row) => <Time at={row.startedAt} /> },
          ]}
          empty={<Empty title="None yet" />}
        />
      </div>
      {open && open.rejected > 0 && <Rejects id={open.id} />}
      {open && open.rejected === 0 && (
        <Text c="dimmed">{open.error ?? `“${open.fileName ?? 'That file'}” had no rejected rows.`}</Text>
      )}
    </>
  )
}

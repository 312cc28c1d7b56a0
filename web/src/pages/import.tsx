import { Button, FileButton, Group, Progress, Select, Stack, Text, Textarea, Title } from '@mantine/core'
import { IconClipboard, IconDownload, IconUpload } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { type DragEvent, useState } from 'react'
import { type Answer, ApiProblem, api } from '../api.ts'
import { count, plural } from '../format.ts'
import { FormProblem, Pill, Time } from '../parts/bits.tsx'
import { useProducts } from '../parts/choices.ts'
import { Empty, Page, Show } from '../parts/page.tsx'
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
  const search = useSearch({ from: '/signed-in/shell/customers/import' })
  const navigate = useNavigate({ from: '/customers/import' })
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
        {search.id ? (
          <Past id={search.id} onMore={() => void navigate({ search: {} })} />
        ) : report ? (
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
            <Group justify="center" gap={8}>
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
              <Button
                variant="default"
                leftSection={<IconClipboard size={16} />}
                aria-expanded={Boolean(search.paste)}
                onClick={() => void navigate({ search: search.paste ? {} : { paste: '1' }, replace: true })}
              >
                Paste from a spreadsheet
              </Button>
            </Group>
            {search.paste && <Paste onRows={(rows) => void look(rows)} />}
          </div>
        )}
        {!file && !search.id && <Earlier />}
      </Stack>
    </Page>
  )
}

/** Rows copied from a spreadsheet, with tabs between the cells; what was pasted stays while it is looked at. */
function Paste({ onRows }: { onRows(rows: File): void }) {
  const [text, setText] = useState('')
  const [fault, setFault] = useState<string>()
  const rows = text.trim() === '' ? 0 : text.trim().split('\n').length - 1
  const submit = () =>
    rows < 1
      ? setFault('Paste the line with the column names and at least one row below it.')
      : onRows(new File([`${text.trim()}\n`], 'Pasted rows', { type: 'text/csv' }))
  return (
    <Stack gap={8} mt={20} maw={720} mx="auto" ta="left">
      <Textarea
        label="Rows from a spreadsheet"
        description="Copy them with the line that names the columns."
        autosize
        minRows={5}
        maxRows={14}
        autoFocus
        value={text}
        error={fault}
        styles={{ input: { fontFamily: 'monospace', whiteSpace: 'pre', overflowX: 'auto' } }}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="flex-end">
        <Button onClick={submit}>{rows > 0 ? `Look at ${plural(rows, 'row')}` : 'Look at the rows'}</Button>
      </Group>
    </Stack>
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
  const [checked, setChecked] = useState(false)
  const faultOf = (index: number) => {
    const target = targets[index] ?? leaveOut
    const first = targets.indexOf(target)
    if (!checked || target === leaveOut || first === index) return undefined
    return `“${preview.columns[first]?.header}” becomes this already. Choose another, or leave it out.`
  }
  const run = async () => {
    onProblem(null)
    setChecked(true)
    if (targets.some((target, index) => target !== leaveOut && targets.indexOf(target) !== index)) return
    setRunning(true)
    const map = preview.columns.flatMap((column, index) =>
      targets[index] === guessed[index]
        ? []
        : [`${column.header}=${targets[index] === leaveOut ? '' : targets[index]}`],
    )
    // Going to another page of the app is safe; closing the tab would cut the file off.
    const hold = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', hold)
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
      window.removeEventListener('beforeunload', hold)
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
                      error={faultOf(index)}
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
  // Asked often, so that the tray hears of it at once and goes on with it on other pages.
  const work = useApi('GET /work', {}, { refetchInterval: 1_000 }).data?.items
  const rows = work?.findLast(({ kind }) => kind === 'import')?.done ?? 0
  return (
    <div className="tl-card" style={{ padding: 16 }}>
      <Text mb={6} role="status">
        {rows > 0 ? `${plural(rows, 'row')} read…` : 'Sending the file…'}
      </Text>
      <Progress value={100} animated aria-label="Import is running" />
      <Text size="sm" c="dimmed" mt={8}>
        You can go on elsewhere: it is followed at the bottom right. Closing this tab would cut the file off.
      </Text>
    </div>
  )
}

/** An import that ran before, by its address. */
function Past({ id, onMore }: { id: string; onMore(): void }) {
  const found = useApi(
    'GET /imports/:id',
    { params: { id } },
    { refetchInterval: ({ state }) => (state.data?.status === 'running' ? 1_000 : false) },
  )
  return (
    <Show of={found} back={{ to: '/customers/import', label: 'All imports' }}>
      {({ status, ...row }) =>
        status === 'running' ? (
          <Running />
        ) : (
          <ReportView report={{ ...row, rejects: [], failed: status === 'failed' }} onMore={onMore} />
        )
      }
    </Show>
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
      <Group justify="space-between" p="12px 16px 4px">
        <Title order={2}>Rows that were not taken</Title>
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
  )
}

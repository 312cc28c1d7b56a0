import { Stack } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiProblem, api, type Item } from '../api.ts'
import { ChooseFile } from '../imports/choose-file.tsx'
import { EarlierImports } from '../imports/earlier.tsx'
import { Mapping } from '../imports/mapping.tsx'
import { CheckResult, Report } from '../imports/report.tsx'
import { forgetSending, sendFile } from '../imports/sending.ts'
import { UnderWay } from '../imports/under-way.tsx'
import { FormProblem } from '../parts/bits.tsx'
import { Page, Show } from '../parts/page.tsx'
import { useAct, useApi } from '../query.ts'

/** How much of a file is looked at before it is sent, in bytes; the columns and first rows are in it. */
const previewBytes = 512 * 1024
/** How often an import is read again while the server is busy with it, in ms. */
const followMs = 700

/** Imports customers: send a file, say what its columns become, see what importing would do, start it, read what it did. */
export function ImportPage() {
  const search = useSearch({ from: '/signed-in/shell/customers/import' })
  const navigate = useNavigate({ from: '/customers/import' })
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  const take = async (file: File | null) => {
    if (!file) return
    setProblem(null)
    setBusy(true)
    try {
      // What is no CSV is known before all of it was sent.
      const beginning = { file: file.slice(0, previewBytes), query: { fileName: file.name } }
      await api('POST /customers/import/preview', beginning)
      const { id } = await api('POST /imports', {
        body: { fileName: file.name, size: file.size },
        idempotencyKey: crypto.randomUUID(),
      })
      void sendFile(id, file)
      void navigate({ search: { id } })
    } catch (error) {
      setProblem(error instanceof ApiProblem ? error.message : String(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Page title="Import customers" back={{ to: '/customers', label: 'Customers' }}>
      <Stack>
        <FormProblem text={problem} />
        {search.id ? (
          <One key={search.id} id={search.id} onMore={() => void navigate({ search: {} })} />
        ) : (
          <>
            <ChooseFile
              busy={busy}
              pasting={Boolean(search.paste)}
              onPasting={(open) => void navigate({ search: open ? { paste: '1' } : {}, replace: true })}
              onFile={(file) => void take(file)}
            />
            <EarlierImports />
          </>
        )}
      </Stack>
    </Page>
  )
}

const busyStates: readonly string[] = ['uploading', 'checking', 'running']

/** One import, wherever it stands: the address alone brings it back. */
function One({ id, onMore }: { id: string; onMore(): void }) {
  const found = useApi(
    'GET /imports/:id',
    { params: { id } },
    { refetchInterval: ({ state }) => (busyStates.includes(state.data?.status ?? '') ? followMs : false) },
  )
  return (
    <Show of={found} back={{ to: '/customers/import', label: 'All imports' }}>
      {(row) => <Stage row={row} onMore={onMore} />}
    </Show>
  )
}

function Stage({ row, onMore }: { row: Item<'GET /imports'>; onMore(): void }) {
  const [remapping, setRemapping] = useState(false)
  const hasColumns = row.status === 'uploaded' || (row.status === 'checked' && remapping)
  const columns = useApi('GET /imports/:id/columns', { params: { id: row.id } }, { enabled: hasColumns })
  const cancel = useAct('POST /imports/:id/cancel', { after: () => forgetSending(row.id) })
  const stop = () => cancel.mutate({ params: { id: row.id } })
  const another = () => cancel.mutate({ params: { id: row.id } }, { onSuccess: onMore })
  if (hasColumns) {
    return (
      <Show of={columns} back={{ to: '/customers/import', label: 'All imports' }}>
        {(shown) => (
          <Mapping row={row} columns={shown.columns} onChecking={() => setRemapping(false)} onCancel={another} />
        )}
      </Show>
    )
  }
  if (row.status === 'checked') return <CheckResult row={row} onRemap={() => setRemapping(true)} onCancel={another} />
  if (busyStates.includes(row.status)) return <UnderWay row={row} onCancel={stop} />
  return <Report row={row} onMore={onMore} />
}

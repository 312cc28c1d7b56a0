import { Button, FileButton, Group, Progress, Text } from '@mantine/core'
import type { Item } from '../api.ts'
import { count, megabytes, plural } from '../format.ts'
import { FormProblem } from '../parts/bits.tsx'
import { toastProblem } from '../query.ts'
import { sendFile, useSending } from './sending.ts'

type Import = Item<'GET /imports'>

/** An import that the server is busy with, or whose file is on its way. */
export function UnderWay({ row, onCancel }: { row: Import; onCancel(): void }) {
  if (row.status === 'uploading') return <Uploading row={row} onCancel={onCancel} />
  const total = row.status === 'running' ? row.checked?.rowsRead : undefined
  const text =
    row.status === 'checking'
      ? `Checking ${row.fileName ?? 'the file'}: ${plural(row.rowsRead, 'row')} read…`
      : `Importing: ${count(row.rowsRead)}${total ? ` of ${plural(total, 'row')}` : ' rows'}…`
  return (
    <div className="tl-card" style={{ padding: 16 }}>
      <Text mb={6} role="status">
        {text}
      </Text>
      <Progress
        value={total ? (row.rowsRead / total) * 100 : 100}
        animated
        aria-label={row.status === 'checking' ? 'The file is being checked' : 'Import is running'}
      />
      <Group justify="space-between" mt={8}>
        <Text size="sm" c="dimmed">
          {row.size === null
            ? 'A program sends this file: it goes on as long as that does.'
            : 'The server has the file: you can leave this page, or close it. It is followed at the bottom right.'}
        </Text>
        {row.size !== null && (
          <Button size="xs" variant="default" onClick={onCancel}>
            {row.status === 'running' ? 'Cancel the import' : 'Cancel'}
          </Button>
        )}
      </Group>
    </div>
  )
}

function Uploading({ row, onCancel }: { row: Import; onCancel(): void }) {
  const sending = useSending(row.id)
  const size = row.size ?? 0
  const goOn = (file: File | null) => {
    if (file) void sendFile(row.id, file)
  }
  const isOther = (file: File) => file.size !== size
  return (
    <div className="tl-card" style={{ padding: 16 }}>
      <FormProblem text={sending?.problem} />
      <Text mb={6} role="status">
        {megabytes(row.received)} of {megabytes(size)} sent
        {sending?.problem === null ? '…' : ''}
      </Text>
      <Progress value={size > 0 ? (row.received / size) * 100 : 0} aria-label="The file is being sent" />
      <Group justify="space-between" mt={8}>
        <Text size="sm" c="dimmed">
          {sending?.problem === null
            ? 'Go on elsewhere in the app if you like; closing this tab would stop the sending, not lose what is sent.'
            : `The sending stopped here. Choose ${row.fileName ?? 'the same file'} again, and it goes on where it stopped.`}
        </Text>
        <Group gap={8}>
          {sending?.problem && (
            <Button size="xs" onClick={() => goOn(sending.file)}>
              Try again
            </Button>
          )}
          {!sending && (
            <FileButton
              accept=".csv,text/csv,text/plain"
              inputProps={{ 'aria-label': 'The same file' }}
              onChange={(file) => {
                if (file && isOther(file)) {
                  return toastProblem(`This file has ${count(file.size)} bytes, the one that was begun ${count(size)}.`)
                }
                goOn(file)
              }}
            >
              {(props) => (
                <Button size="xs" {...props}>
                  Choose it again
                </Button>
              )}
            </FileButton>
          )}
          <Button size="xs" variant="default" onClick={onCancel}>
            Cancel
          </Button>
        </Group>
      </Group>
    </div>
  )
}

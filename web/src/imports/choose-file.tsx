import { Button, FileButton, Group, Stack, Text, Textarea } from '@mantine/core'
import { IconClipboard, IconUpload } from '@tabler/icons-react'
import { type DragEvent, useState } from 'react'
import { plural } from '../format.ts'

/** Where a file is dropped, chosen or pasted. */
export function ChooseFile({
  busy,
  pasting,
  onPasting,
  onFile,
}: {
  busy: boolean
  pasting: boolean
  onPasting(open: boolean): void
  onFile(file: File | null): void
}) {
  const [over, setOver] = useState(false)
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    onFile(event.dataTransfer.files[0] ?? null)
  }
  return (
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
        The first line names the columns; one of them is an email or an external id. Any size; nothing is written before
        you have seen what it would do.
      </Text>
      <Group justify="center" gap={8}>
        <FileButton onChange={onFile} accept=".csv,text/csv,text/plain" inputProps={{ 'aria-label': 'CSV file' }}>
          {(props) => (
            <Button {...props} loading={busy}>
              Choose a file
            </Button>
          )}
        </FileButton>
        <Button
          variant="default"
          leftSection={<IconClipboard size={16} />}
          aria-expanded={pasting}
          onClick={() => onPasting(!pasting)}
        >
          Paste from a spreadsheet
        </Button>
      </Group>
      {pasting && <Paste onRows={onFile} />}
    </div>
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

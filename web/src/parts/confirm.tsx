import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'

/** A question before something that cannot be taken back; the button says the deed and the number. */
export function Confirm({
  opened,
  title,
  children,
  deed,
  danger,
  busy,
  onClose,
  onConfirm,
  typed,
}: {
  opened: boolean
  title: string
  children: ReactNode
  deed: string
  danger?: boolean
  busy?: boolean
  onClose(): void
  onConfirm(): void
  typed?: string | undefined
}) {
  const [text, setText] = useState('')
  const blocked = typed !== undefined && text.replaceAll(/[,.\s]/g, '') !== typed
  return (
    <Modal opened={opened} onClose={onClose} title={title}>
      <Stack>
        <Text component="div">{children}</Text>
        {typed !== undefined && (
          <TextInput
            label={`Type ${typed} to confirm`}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            inputMode="numeric"
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color={danger ? 'red' : 'indigo'}
            loading={busy ?? false}
            disabled={blocked}
            onClick={onConfirm}
            data-autofocus={typed === undefined || undefined}
          >
            {deed}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

import { Button, Group, Input, type PasswordInputProps } from '@mantine/core'
import { useState } from 'react'
import { dayOf } from '../format.ts'
import { SecretInput } from './secret-input.tsx'

/** A secret that is kept and never shown: when it was put in, and a way to put in another. Without one, the field itself. */
export function StoredSecret({ setAt, ...field }: PasswordInputProps & { setAt: string | null | undefined }) {
  const [replacing, setReplacing] = useState(false)
  // What was refused stays to be corrected.
  if (!setAt || replacing || field.error) return <SecretInput {...field} autoFocus={replacing} />
  return (
    <Input.Wrapper label={field.label} labelElement="div">
      <Group gap={8} mih={36}>
        <span>•••• set {dayOf(setAt)}</span>
        <Button
          size="xs"
          variant="default"
          onClick={() => setReplacing(true)}
          aria-label={`Replace ${String(field.label).toLowerCase()}`}
        >
          Replace
        </Button>
      </Group>
    </Input.Wrapper>
  )
}

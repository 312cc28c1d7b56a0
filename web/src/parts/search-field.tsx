import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'

/** A search field whose text ends up in the URL; `/` focuses it. */
export function SearchField({
  value,
  onChange,
  label,
}: {
  value: string
  onChange(text: string): void
  label: string
}) {
  const [text, setText] = useState(value)
  const field = useRef<HTMLInputElement>(null)
  const tell = useDebouncedCallback(onChange, 250)
  useEffect(() => setText(value), [value])
  useEffect(() => {
    const focus = (event: globalThis.KeyboardEvent) => {
      const inField =
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [contenteditable=true], [role=dialog]')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || inField) return
      event.preventDefault()
      field.current?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])
  return (
    <TextInput
      ref={field}
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        tell(event.currentTarget.value)
      }}
      style={{ width: 260, maxWidth: '100%' }}
    />
  )
}

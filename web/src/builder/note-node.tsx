import type { NodeProps } from '@xyflow/react'
import { memo, useEffect, useRef, useState } from 'react'
import { setNote } from './edits.ts'
import { useBuilder, useStore } from './store.ts'

const tints = ['Yellow', 'Green', 'Blue', 'Pink'] as const

/** A sticky note: plain text beside the graph, moved like a card. */
export const NoteNode = memo(function NoteNode({ id }: NodeProps) {
  const store = useStore()
  const note = useBuilder((state) => state.draft.notes.get(id))
  const readOnly = useBuilder((state) => state.readOnly) !== null
  const [text, setText] = useState(note?.text ?? '')
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => setText(note?.text ?? ''), [note?.text])
  const isNew = useRef(note?.text === '')
  useEffect(() => {
    if (!isNew.current) return
    // The canvas shows it once it is measured; before that it takes no focus.
    const timer = setTimeout(() => field.current?.focus(), 60)
    return () => clearTimeout(timer)
  }, [])
  if (!note) return null
  const leave = () => {
    if (text !== note.text) store.run(setNote(store.state.draft, id, { ...note, text }))
  }
  return (
    <div className="tl-note" data-tint={note.tint}>
      <textarea
        ref={field}
        className="nodrag nopan nowheel"
        aria-label="Note"
        placeholder="A note for whoever comes after"
        maxLength={2_000}
        readOnly={readOnly}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={leave}
      />
      {!readOnly && (
        <div className="tl-note-bar nodrag">
          {tints.map((name, tint) => (
            <button
              key={name}
              type="button"
              aria-label={`${name} note`}
              aria-pressed={note.tint === tint}
              data-tint={tint}
              onClick={() => store.run(setNote(store.state.draft, id, { ...note, text, tint: tint as 0 | 1 | 2 | 3 }))}
            />
          ))}
          <button
            type="button"
            aria-label="Delete the note"
            onClick={() => store.run(setNote(store.state.draft, id, null))}
          >
            ✕
          </button>
        </div>
      )}
    </div>
  )
})

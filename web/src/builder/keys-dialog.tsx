import { KeySheet } from '../shell/key-sheet.tsx'
import { keySheet } from './keyboard.ts'

const parts = [['Builder', keySheet]] as const

/** The sheet that `?` shows. */
export default function KeysDialog({ onClose }: { onClose(): void }) {
  return <KeySheet title="Keys of the builder" parts={parts} onClose={onClose} />
}

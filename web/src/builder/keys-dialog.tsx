import { KeySheet } from '../shell/key-sheet.tsx'
import { keySheet } from './keyboard.ts'

const change = keySheet.findIndex(([keys]) => keys === 'F8 · Shift F8')
const parts = [
  ['Steps', keySheet.slice(0, change)],
  ['Find, look and check', keySheet.slice(change)],
] as const

/** The sheet that `?` shows. */
export default function KeysDialog({ onClose }: { onClose(): void }) {
  return <KeySheet title="Keys of the builder" parts={parts} onClose={onClose} />
}

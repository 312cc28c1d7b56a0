import { Pill } from './bits.tsx'

const tones = { draft: 'flat', active: 'good', archived: 'flat' } as const

/** A product's status in a word. */
export function ProductPill({ status }: { status: keyof typeof tones }) {
  return <Pill tone={tones[status]}>{status}</Pill>
}

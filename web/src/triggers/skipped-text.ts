import { count } from '../format.ts'

/** Why customers were passed over, in words: “3 inside, 1 went through”. */
export const skippedText = (skipped: Record<string, number>): string =>
  Object.entries(skipped)
    .map(([reason, n]) => `${count(n)} ${reason.replaceAll('-', ' ')}`)
    .join(', ')

import type { KnownThing } from './workspace.ts'

/** Whether two names are the same but for case and blanks at their ends. */
export const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase()

/** The thing of a list that a text names: the quoted one, else the longest name that stands in the text. */
export function named<Thing extends KnownThing>(
  things: readonly Thing[],
  text: string,
  quote: string | undefined,
): Thing | undefined {
  if (quote !== undefined) return things.find(({ name }) => same(name, quote))
  const lower = ` ${text.toLowerCase()} `
  const inText = ({ name }: Thing) => {
    const at = lower.indexOf(name.trim().toLowerCase())
    return (
      name.trim().length > 1 &&
      at > 0 &&
      !/[\p{L}\p{N}]/u.test(lower[at - 1] ?? '') &&
      !/[\p{L}\p{N}]/u.test(lower[at + name.trim().length] ?? '')
    )
  }
  return things.filter(inText).sort((a, b) => b.name.length - a.name.length)[0]
}

/** A text with a capital first letter. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

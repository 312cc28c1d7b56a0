/**
 * Writing and reading single CSV values: quoting by RFC 4180 and the mark against formulas (TRUST S25). A spreadsheet runs what begins
 * with = + - @, a tab or a return; the mark `'` in front makes it text. A value that begins with the mark and such a character gets one
 * more, so that taking one off gives back exactly what was there.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is one of the characters that start a formula
const formula = /^'*[=+\-@\t\r\u0000＝＋－＠]/

/** One cell of a CSV line. */
export function csvCell(value: string): string {
  const guarded = formula.test(value) ? `'${value}` : value
  return /[",\r\n]|^[\s\uFEFF]|\s$/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

/** Takes the mark off again. */
export const withoutFormulaMark = (value: string): string =>
  value.startsWith("'") && formula.test(value.slice(1)) ? value.slice(1) : value

/** Tags in one cell: separated by `;`, or as a JSON list where a tag holds a separator itself. */
export const tagsCell = (tags: readonly string[]): string =>
  tags.some((tag) => /[;|]/.test(tag)) || tags[0]?.startsWith('[') ? JSON.stringify(tags) : tags.join(';')

/** Reads tags from a cell: a JSON list, or names separated by `;` or `|`. */
export function tagsOf(cell: string): string[] {
  if (cell.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(cell)
      if (Array.isArray(list) && list.every((tag) => typeof tag === 'string')) return list
    } catch {
      // Not a list after all: a tag may begin with a bracket.
    }
  }
  return cell.split(/[;|]/)
}

import type { ButtonLook } from './schema.ts'

/**
 * The HTML of what mail programs have no element for: tables, because Outlook lays out nothing else. Each is written in one way only, and is
 * read back where it is exactly that.
 */
const table = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'

/** What stands around a button's words. */
export const buttonAround = ({ href, color, align }: ButtonLook): [string, string] => [
  `<table data-block="button" ${table} width="100%"><tr><td align="${align}" style="padding:8px 0 16px"><table ${table}><tr><td bgcolor="${color}" style="border-radius:6px;mso-padding-alt:12px 24px"><a href="${href}" style="display:inline-block;padding:12px 24px;border-radius:6px;background-color:${color};color:${inkOn(color)};font-weight:600;text-decoration:none">`,
  '</a></td></tr></table></td></tr></table>',
]

/** For Outlook on Windows alone, which knows no `max-width`: it sees cells of a table. */
const mso = (html: string) => `<!--[if mso]>${html}<![endif]-->`
const share = (count: number) => `<td width="${Math.floor(100 / count)}%" valign="top">`
const gutter = (count: number, index: number) =>
  `padding:0 ${index === count - 1 ? 0 : 12}px 0 ${index === 0 ? 0 : 12}px`

/**
 * What begins a column: as wide as its share, but never so narrow that columns stand side by side on a phone. Where a mail program reads the
 * rules for narrow screens (src/messages/compose.ts), they are as wide as the screen then.
 */
const columnStart = (count: number, index: number): string =>
  `<div class="tl-column" style="display:inline-block;vertical-align:top;box-sizing:border-box;width:100%;max-width:${count === 2 ? '50' : '33.33'}%;min-width:${480 / count}px"><div class="tl-column-in" style="${gutter(count, index)}">`
const columnEnd = '</div></div>'

/** What stands before the content of a column, without a blank between columns: a blank would take room beside them. */
export const beforeColumn = (count: number, index: number): string =>
  index === 0
    ? `<table data-block="columns" ${table} width="100%"><tr><td>${mso(`<table ${table} width="100%"><tr>${share(count)}`)}${columnStart(count, 0)}`
    : `${columnEnd}${mso(`</td>${share(count)}`)}${columnStart(count, index)}`
/** What ends columns. */
export const columnsEnd = `${columnEnd}${mso('</td></tr></table>')}</td></tr></table>`

/** Columns as they were written before: cells of a table, which stay side by side on a phone. They are read, and saved as columns of today. */
export const cells = {
  before: (count: number, index: number): string =>
    `${index === 0 ? `<table data-block="columns" ${table} width="100%"><tr>` : '</td>'}<td width="${Math.floor(100 / count)}%" valign="top" style="${gutter(count, index)}">`,
  end: '</td></tr></table>',
}

/** White, or black where white could not be read on the colour (relative luminance, WCAG 2.2). */
export function inkOn(color: string): '#ffffff' | '#111827' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 ? '#111827' : '#ffffff'
}

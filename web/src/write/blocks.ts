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

/** What stands around the cells of columns. */
export const columnsAround = [`<table data-block="columns" ${table} width="100%"><tr>`, '</tr></table>'] as const
/** What stands before a cell's content. */
export const columnStart = (count: number, index: number): string =>
  `<td width="${Math.floor(100 / count)}%" valign="top" style="padding:0 ${index === count - 1 ? 0 : 12}px 0 ${index === 0 ? 0 : 12}px">`

/** White, or black where white could not be read on the colour (relative luminance, WCAG 2.2). */
export function inkOn(color: string): '#ffffff' | '#111827' {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 ? '#111827' : '#ffffff'
}

import { columnKeys, readHeader, targetName } from './columns.ts'
import { openCsv } from './csv-source.ts'
import { looksLike } from './looks-like.ts'

/** How many values of each column a preview shows. */
const sampleCount = 5

/** What an import would make of a file's columns. */
export interface ImportPreview {
  delimiter: string
  columns: {
    /** What a mapping names it by. */
    key: string
    header: string
    /** As a mapping writes it; empty = left out. */
    target: string
    samples: string[]
    looksLike: ReturnType<typeof looksLike>
  }[]
}

/** Looks at the first rows of a file. Reads no further. @throws Problem `invalid` for what is no CSV */
export async function previewImport(
  source: AsyncIterable<Uint8Array>,
  mapping: Record<string, string>,
): Promise<ImportPreview> {
  const { header, delimiter, rows } = await openCsv(source)
  const targets = readHeader(header, mapping)
  const { value: first } = await rows.next()
  const cells = (first ?? []).flatMap((record) => ('cells' in record ? [record.cells] : []))
  const keys = columnKeys(header)
  return {
    delimiter,
    columns: header.map((name, index) => {
      const values = cells.map((row) => (row[index] ?? '').trim()).filter(Boolean)
      return {
        key: keys[index] ?? '',
        header: name.trim(),
        target: targetName(targets[index] ?? { to: 'nothing' }),
        samples: values.slice(0, sampleCount).map((value) => value.slice(0, 100).toWellFormed()),
        looksLike: looksLike(values),
      }
    }),
  }
}

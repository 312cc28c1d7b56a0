import { readHeader, targetName } from './columns.ts'
import { openCsv } from './csv-source.ts'

/** How many values of each column a preview shows. */
const sampleCount = 5

/** What an import would make of a file's columns. */
export interface ImportPreview {
  delimiter: string
  columns: {
    header: string
    /** As a mapping writes it; empty = left out. */
    target: string
    samples: string[]
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
  return {
    delimiter,
    columns: header.map((name, index) => ({
      header: name.trim(),
      target: targetName(targets[index] ?? { to: 'nothing' }),
      samples: cells
        .map((row) => (row[index] ?? '').trim().slice(0, 100).toWellFormed())
        .filter(Boolean)
        .slice(0, sampleCount),
    })),
  }
}

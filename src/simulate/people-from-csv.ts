import type { CustomerFacts } from '../engine/facts.ts'
import { Problem } from '../errors.ts'
import { readHeader, requireContactColumn } from '../imports/columns.ts'
import { openCsv } from '../imports/csv-source.ts'
import { readRow } from '../imports/rows.ts'
import type { SimulatedCustomer } from './walk.ts'

/** Reads customers for a simulation from a CSV, as an import would. @throws Problem `invalid` for a row that an import would reject */
export async function* peopleFromCsv(source: AsyncIterable<Uint8Array>): AsyncGenerator<SimulatedCustomer> {
  const { header, rows } = await openCsv(source)
  const targets = readHeader(header)
  requireContactColumn(header, targets)
  for await (const records of rows) {
    for (const record of records) {
      if (!('cells' in record)) throw new Problem('invalid', `Line ${record.line} cannot be read as CSV.`)
      if (record.cells.every((cell) => cell.trim() === '')) continue
      const row = readRow(targets, record.cells)
      if ('fault' in row) throw new Problem('invalid', `Line ${record.line}: ${row.fault.message}`)
      const { externalId, email } = row.values
      const customer = {
        tags: [],
        attributes: {},
        ...row.values,
        id: externalId ?? email ?? `line-${record.line}`,
        company: row.company && { ...row.company, name: row.company.name ?? '', attributes: {} },
      }
      yield { customer: customer as CustomerFacts, scores: new Map(), suppressed: [] }
    }
  }
}

import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { Problem } from '../errors.ts'
import { importCustomers } from '../imports/import-customers.ts'
import { openApp } from '../open-app.ts'
import type { Command } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

const shownRejects = 20

export default {
  usage: 'import customers FILE [--map column=field]…',
  summary: 'Load customers from a CSV file of any size; FILE - reads stdin.',
  details:
    'Columns find their field by their header (E-mail, First Name, company, tags, …); what has no field becomes an attribute.\n' +
    'A customer who is there already (by email or external id) is updated. Rows that cannot be taken are listed with the reason.',
  options: {
    map: {
      type: 'string',
      multiple: true,
      value: 'COLUMN=FIELD',
      help: 'Put a column into this field; an empty field leaves it out',
    },
    workspace: workspaceOption,
  },
  takes: { min: 1, max: 1 },
  async run({ env, log, arguments: [file = ''], text, texts, tell, json }) {
    const mapping = Object.fromEntries(texts('map').map(pair))
    const stream = file === '-' ? process.stdin : createReadStream(await readable(file))
    await using opened = await openApp({ env, log, role: 'command' })
    const workspace = await chooseWorkspace(opened.app, text('workspace'))
    const report = await importCustomers(opened.app.db, workspace.id, stream, {
      mapping,
      by: 'cli',
      fileName: file === '-' ? 'stdin' : basename(file),
      onProgress: ({ rowsRead }) => {
        if (!json && process.stderr.isTTY) process.stderr.write(`\r${rowsRead.toLocaleString('en')} rows`)
      },
    })
    if (!json && process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    await opened.app.wake()
    if (report.status === 'failed') tell(`Stopped: ${report.error ?? 'the file could not be read to its end'}`)
    const rejects = report.rejects.slice(0, shownRejects).map(({ line, message }) => `  line ${line}: ${message}`)
    const more = report.rejected - rejects.length
    return {
      data: { workspace: workspace.name, ...report },
      text: [
        `${workspace.name}: ${report.rowsRead} rows read, ${report.created} created, ${report.updated} updated, ` +
          `${report.unchanged} unchanged, ${report.rejected} rejected`,
        ...rejects,
        ...(more > 0 ? [`  and ${more} more: --json lists up to 1,000, the app all of them`] : []),
      ].join('\n'),
      failed: report.status === 'failed',
    }
  },
} satisfies Command

function pair(text: string): [string, string] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new Problem('invalid', `--map ${text}: write column=field, e.g. --map "E-mail address=email".`)
  return [text.slice(0, at), text.slice(at + 1)]
}

async function readable(file: string): Promise<string> {
  const found = await stat(file).catch((cause) => {
    throw new Problem(
      'not_found',
      `The file ${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      { cause },
    )
  })
  if (!found.isFile()) throw new Problem('invalid', `${file} is not a file.`)
  return file
}

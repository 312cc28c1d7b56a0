import { z } from 'zod'
import { invalidField, notFound, Problem } from '../errors.ts'
import { decodeCursor, page } from '../http/page.ts'
import { type Context, idParams, instant, pageOf, pageQuery, route } from '../http/route.ts'
import { content } from '../http/stream.ts'
import { importCustomers } from './import-customers.ts'
import { boundaryOf, fileInForm } from './multipart.ts'
import { previewImport } from './preview.ts'
import { getImport, listImports, listRejects } from './queries.ts'
import { rejectsCsv } from './rejects-csv.ts'

const counts = {
  rowsRead: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
}
const reject = z.object({ line: z.int(), code: z.string(), message: z.string(), rowText: z.string().nullable() })
const report = z.object({
  id: z.uuid(),
  status: z.enum(['done', 'failed']),
  error: z.string().nullable(),
  ...counts,
  rejects: z.array(reject),
})
/** An import as every route shows it. */
export const importRow = z.object({
  id: z.uuid(),
  status: z.enum(['uploading', 'uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'canceled']),
  fileName: z.string().nullable(),
  size: z.int().nullable().meta({ description: 'Bytes of a file that is sent first; null: it was read as it came.' }),
  received: z.int().meta({ description: 'How many of them are here.' }),
  mapping: z.record(z.string(), z.string()),
  checked: z.object(counts).nullable().meta({ description: 'What a check found that importing would do.' }),
  ...counts,
  error: z.string().nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
})

/** What a file's columns are and would become. */
export const importColumns = z.object({
  delimiter: z.string(),
  columns: z.array(
    z.object({
      key: z
        .string()
        .meta({ description: 'What a mapping names it by: its header, with (2) behind the second of one name.' }),
      header: z.string(),
      target: z.string(),
      samples: z.array(z.string()),
      looksLike: z.enum(['text', 'number', 'date', 'yes or no', 'email', 'link', 'empty']),
    }),
  ),
})

const mappingQuery = z.strictObject({
  fileName: z.string().max(500).optional(),
  /** `column=field`, any number of times. */
  map: z.union([z.string().transform((one) => [one]), z.array(z.string())]).default([]),
})

function mappingOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=')
      if (at < 1) throw invalidField('map', 'invalid', `“${pair}”: write map=column=field.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

/** The file of a request: its body, or the first file of a form. The connection outlives a reader that stops early. */
export function uploadOf({ raw }: Pick<Context<unknown, unknown, unknown>, 'raw'>): {
  file: AsyncIterable<Uint8Array>
  drain(): void
} {
  const body = raw.iterator({ destroyOnReturn: false })
  const boundary = boundaryOf(raw.headers['content-type'])
  const pieces = { [Symbol.asyncIterator]: () => ({ next: () => body.next() }) }
  return {
    file: boundary === null ? pieces : fileInForm(pieces, boundary),
    // A client hears an answer only when it could send all that it had to say.
    drain: () => {
      const rest = async () => {
        while (!(await body.next()).done);
      }
      rest().catch(() => undefined)
    },
  }
}

export const importRoutes = [
  route(
    {
      method: 'POST',
      path: '/customers/import',
      id: 'importCustomers',
      summary:
        'Imports customers from a CSV of any size, sent as the body or as the file of a form; answers with the report. `map=column=field` says where a column goes',
      access: 'customers.write',
      query: mappingQuery,
      body: 'stream',
      response: report,
    },
    async (context) => {
      const { app, workspaceId, actor, query, signal } = context
      const mapping = mappingOf(query.map)
      const { file, drain } = uploadOf(context)
      try {
        const options = { mapping, by: actor.text, fileName: query.fileName ?? null, signal }
        const { errorCode, ...done } = await importCustomers(app.db, workspaceId, file, options)
        if (done.status === 'done') return done
        const { id, error, status: _, ...rest } = done
        const message = error ?? 'The file could not be read.'
        throw new Problem('invalid', message, {
          errors: [{ path: 'file', code: errorCode ?? 'invalid', message }],
          extra: { importId: id, ...rest },
        })
      } finally {
        drain()
        await app.wake()
      }
    },
  ),
  route(
    {
      method: 'POST',
      path: '/customers/import/preview',
      id: 'previewImport',
      summary: 'What an import would make of a file’s columns, from its first rows; nothing is written',
      access: 'customers.write',
      query: mappingQuery,
      body: 'stream',
      response: importColumns,
    },
    async (context) => {
      const { file, drain } = uploadOf(context)
      try {
        return await previewImport(file, mappingOf(context.query.map))
      } finally {
        drain()
      }
    },
  ),
  route(
    {
      method: 'GET',
      path: '/imports',
      id: 'listImports',
      summary: 'Imports, newest first',
      access: 'customers.read',
      query: pageQuery,
      response: pageOf(importRow),
    },
    async ({ app, workspaceId, query: { limit, cursor } }) => {
      const before = decodeCursor(cursor, z.uuid())
      return page(await listImports(app.db, workspaceId, { before, limit: limit + 1 }), limit, ({ id }) => id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/imports/:id',
      id: 'getImport',
      summary: 'One import: its counts grow while it runs',
      access: 'customers.read',
      params: idParams,
      response: importRow,
    },
    async ({ app, workspaceId, params }) => {
      const found = await getImport(app.db, workspaceId, params.id)
      if (!found) throw notFound('import')
      return found
    },
  ),
  route(
    {
      method: 'GET',
      path: '/imports/:id/rejects',
      id: 'listImportRejects',
      summary: 'The rows that an import did not take, with line, code and reason, in the order of the file',
      access: 'customers.read',
      params: idParams,
      query: pageQuery,
      response: pageOf(reject),
    },
    async ({ app, workspaceId, params, query: { limit, cursor } }) => {
      const found = await getImport(app.db, workspaceId, params.id)
      if (!found) throw notFound('import')
      const behind = decodeCursor(cursor, z.tuple([z.number().int(), z.string()]))
      const rows = await listRejects(app.db, found, { behind, limit: limit + 1 })
      return page(rows, limit, ({ line, code }) => [line, code])
    },
  ),
  route(
    {
      method: 'GET',
      path: '/imports/:id/rejects.csv',
      id: 'exportImportRejects',
      summary: 'The rows that an import did not take, as CSV: line, why, and the row',
      access: 'customers.read',
      params: idParams,
      response: content,
      media: 'text/csv; charset=utf-8',
    },
    async ({ app, workspaceId, params, header }) => {
      const found = await getImport(app.db, workspaceId, params.id)
      if (!found) throw notFound('import')
      header('content-disposition', 'attachment; filename="rejected-rows.csv"')
      return rejectsCsv(app.db, found)
    },
  ),
] as const

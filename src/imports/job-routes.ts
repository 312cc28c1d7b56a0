import { z } from 'zod'
import type { App } from '../app.ts'
import type { Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { type Context, idParams, route } from '../http/route.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { openCsv } from './csv-source.ts'
import { targetsOf } from './import-customers.ts'
import { moveImport, openUpload, readPieces } from './job-queries.ts'
import { previewImport } from './preview.ts'
import { getImport, type Import, type ImportStatus } from './queries.ts'
import { importColumns, importRow, uploadOf } from './routes.ts'
import { keepUpload } from './upload.ts'

/** Largest file, in bytes. */
const mostBytes = 10 * 1024 ** 3

function tooLarge(size: number): Problem {
  const parts = Math.ceil(size / mostBytes)
  return new Problem(
    'too_large',
    `A file may have up to 10 GB, and this one has ${(size / 1024 ** 3).toFixed(1)} GB. Split it between lines into ${parts} files or more, each with the line of column names at its top, and import one after the other: customers are found again by their email.`,
    { errors: [{ path: 'size', code: 'too_large', message: 'Send a file of at most 10,737,418,240 bytes.' }] },
  )
}

async function found(db: App['db'] | Tx, workspaceId: number, id: string): Promise<Import> {
  const row = await getImport(db, workspaceId, id)
  if (!row) throw notFound('import')
  return row
}

/** What can be done to an import where it stands. */
const moves: Record<'check' | 'start' | 'cancel', readonly ImportStatus[]> = {
  check: ['uploaded', 'checked'],
  start: ['checked'],
  cancel: ['uploading', 'uploaded', 'checking', 'checked', 'running'],
}
const targets = { check: 'checking', start: 'running', cancel: 'canceled' } as const

const sentences: Partial<Record<ImportStatus, string>> = {
  uploading: 'Its file is not all here yet.',
  checking: 'It is being looked through; wait for the check, or cancel it.',
  running: 'It runs already.',
}

/** Moves an import, says so in the audit log, and answers it. @throws Problem `not_found`, `wrong_state` with the state and what is allowed */
async function move(
  { app, ...context }: AuditContext & Pick<Context<unknown, unknown, unknown>, 'app'>,
  id: string,
  deed: keyof typeof moves,
  mapping?: Record<string, string>,
): Promise<Import> {
  const moved = await app.db.transaction().execute(async (tx) => {
    const { workspaceId } = context
    const { status, size } = await found(tx, workspaceId, id)
    if (!(await moveImport(tx, { workspaceId, id }, moves[deed], targets[deed], mapping))) {
      const why =
        size === null ? 'It is read as it comes, by whoever sends it.' : (sentences[status] ?? `It is ${status}.`)
      const allowed =
        size === null ? [] : Object.entries(moves).flatMap(([name, from]) => (from.includes(status) ? [name] : []))
      throw new Problem('wrong_state', why, { extra: { state: status, allowed } })
    }
    if (deed !== 'check') await audit(tx, context, `import.${deed === 'start' ? 'started' : 'canceled'}`, 'import', id)
    return await found(tx, workspaceId, id)
  })
  await app.wake()
  return moved
}

export const importJobRoutes = [
  route(
    {
      method: 'POST',
      path: '/imports',
      id: 'openImport',
      summary:
        'Opens an import whose file is sent first: then `PUT …/file`, `POST …/check` (a dry run) and `POST …/start`; all that follows is the server’s own work',
      access: 'customers.write',
      body: z.strictObject({
        fileName: z.string().max(500).nullable().default(null),
        size: z
          .int()
          .min(1, 'The file is empty: there is no line with column names.')
          .meta({ description: 'Bytes of the file, up to 10 GB.' }),
      }),
      response: importRow,
      status: 201,
      idempotent: true,
    },
    async (context) => {
      const { app, workspaceId, actor, body } = context
      if (body.size > mostBytes) throw tooLarge(body.size)
      return await app.db.transaction().execute(async (tx) => {
        const id = await openUpload(tx, workspaceId, { ...body, by: actor.text })
        await audit(tx, context, 'import.opened', 'import', id, { fileName: body.fileName, size: body.size })
        return await found(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'PUT',
      path: '/imports/:id/file',
      id: 'sendImportFile',
      summary:
        'The file of an import, or what is left of it from the byte `at` on; what came before a connection broke off is kept (`received`)',
      access: 'customers.write',
      params: idParams,
      query: z.strictObject({ at: z.coerce.number().int().min(0).default(0) }),
      body: 'stream',
      response: importRow,
      errors: ['wrong_state', 'unavailable'],
    },
    async (context) => {
      const { app, workspaceId, params, query } = context
      const { file, drain } = uploadOf(context)
      try {
        const { status } = await found(app.db, workspaceId, params.id)
        if (status !== 'uploading') {
          throw new Problem('wrong_state', 'The file of this import is here, or is not awaited any more.', {
            extra: { state: status, allowed: [] },
          })
        }
        await keepUpload(app.db, params.id, query.at, file)
      } finally {
        drain()
      }
      return await found(app.db, workspaceId, params.id)
    },
  ),
  route(
    {
      method: 'GET',
      path: '/imports/:id/columns',
      id: 'getImportColumns',
      summary: 'What the columns of a file that was sent would become, with their first values',
      access: 'customers.write',
      params: idParams,
      response: importColumns,
      errors: ['wrong_state', 'invalid'],
    },
    async ({ app, workspaceId, params }) => {
      const { status } = await found(app.db, workspaceId, params.id)
      if (!['uploaded', 'checking', 'checked'].includes(status)) {
        throw new Problem('wrong_state', 'Its file is not here.', { extra: { state: status, allowed: [] } })
      }
      return await previewImport(readPieces(app.db, params.id), {})
    },
  ),
  route(
    {
      method: 'POST',
      path: '/imports/:id/check',
      id: 'checkImport',
      summary:
        'Looks through the whole file without writing a customer: how many it would create, update and reject, and why. `mapping` says where columns go',
      access: 'customers.write',
      params: idParams,
      body: z.strictObject({ mapping: z.record(z.string().max(1000), z.string().max(1000)).default({}) }),
      response: importRow,
      status: 202,
      errors: ['wrong_state', 'invalid'],
    },
    async (context) => {
      const { app, workspaceId, params, body } = context
      const { status, size } = await found(app.db, workspaceId, params.id)
      // What is wrong with the file or the mapping is said at once.
      if (size !== null && moves.check.includes(status)) {
        targetsOf(await openCsv(readPieces(app.db, params.id)), body.mapping)
      }
      return await move(context, params.id, 'check', body.mapping)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/imports/:id/start',
      id: 'startImport',
      summary:
        'Imports what was checked, in chunks that each commit; it survives the program’s end and goes on behind the last one',
      access: 'customers.write',
      params: idParams,
      response: importRow,
      status: 202,
      errors: ['wrong_state'],
    },
    async (context) => await move(context, context.params.id, 'start'),
  ),
  route(
    {
      method: 'POST',
      path: '/imports/:id/cancel',
      id: 'cancelImport',
      summary: 'Ends an import: before it was started nothing was written, afterwards what is counted stays',
      access: 'customers.write',
      params: idParams,
      response: importRow,
      status: 202,
      errors: ['wrong_state'],
    },
    async (context) => await move(context, context.params.id, 'cancel'),
  ),
] as const

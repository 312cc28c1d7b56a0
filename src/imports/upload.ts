import type { Db } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { keepPiece } from './job-queries.ts'

/** Bytes that are kept in one row: what an upload takes of memory, whatever the file's size. */
const pieceBytes = 1024 * 1024

/**
 * Keeps what comes of a file, from `at` on, in pieces that each commit: when it breaks off, what came is kept, and the next call goes on
 * behind it.
 * @throws Problem `wrong_state` with `received` when the file is not read up to `at` or waits for nothing more; `unavailable` when the disk
 * of the database is full
 */
export async function keepUpload(
  db: Db,
  importId: string,
  at: number,
  stream: AsyncIterable<Uint8Array>,
): Promise<void> {
  let position = at
  let gathered: Uint8Array[] = []
  let length = 0
  const keep = async () => {
    const bytes = Buffer.concat(gathered)
    gathered = []
    length = 0
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      const piece = bytes.subarray(from, from + pieceBytes)
      if (!(await keepOrSay(db, importId, position, piece))) {
        throw new Problem(
          'wrong_state',
          'The file is not awaited from there: ask where it stands (`received`), and go on behind it.',
        )
      }
      position += piece.length
    }
  }
  try {
    for await (const bytes of stream) {
      gathered.push(bytes)
      length += bytes.length
      if (length >= pieceBytes) await keep()
    }
  } catch (error) {
    if (error instanceof Problem) throw error
    // The sender is gone; what came until then is good.
    await keep()
    throw error
  }
  await keep()
}

async function keepOrSay(db: Db, importId: string, at: number, piece: Uint8Array): Promise<boolean> {
  try {
    return await keepPiece(db, importId, at, piece)
  } catch (cause) {
    if ((cause as { code?: string }).code !== '53100') throw cause
    const detail =
      'The disk of the database is full: the file was kept up to here. Make room, and send the rest; nothing was imported yet.'
    throw new Problem('unavailable', detail, { cause })
  }
}

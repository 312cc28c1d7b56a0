import { statfsSync } from 'node:fs'

/** Where the database is, as the environment says (src/env.ts). */
interface Place {
  databaseUrl: string | undefined
  dataDir: string
}

const mebibyte = 2 ** 20
/** Below this somebody should do something; the database's log alone may grow by it in a busy hour. */
const lowMb = 512
/** Below this PostgreSQL may fail to extend its log, and then stops: a segment of it has 16 MB. */
const fullMb = 24

/** How much room the database has: MB that are free, where that is little. */
export interface Room {
  freeMb: number
  isFull: boolean
}

/** Looks at the disk of the embedded database: null while there is enough, and of another server's disk, which is not ours to see. */
export function lookAtRoom({ databaseUrl, dataDir }: Place): Room | null {
  if (databaseUrl !== undefined) return null
  try {
    const { bavail, bsize } = statfsSync(dataDir)
    const freeMb = Math.floor((bavail * bsize) / mebibyte)
    return freeMb < lowMb ? { freeMb, isFull: freeMb < fullMb } : null
  } catch {
    // Not every file system says.
    return null
  }
}

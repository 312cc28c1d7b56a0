import { chown, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes `content` to `path` in one move (a reader sees the old file or the new one), readable by its owner only. As root
 * the file is given to the owner of its directory, so that a data directory stays usable by the user it belongs to.
 */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, content, { mode: 0o600, flush: true })
  await giveToOwnerOfDirectory(temporary, dirname(path))
  await rename(temporary, path)
}

/** As root, makes the owner of `directory` the owner of `path`; otherwise does nothing. */
export async function giveToOwnerOfDirectory(path: string, directory: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(directory)
  await chown(path, uid, gid)
}

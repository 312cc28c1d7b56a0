import { chmod, mkdtemp, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * Makes an empty directory for a database of a test, which the test removes. In memory where there is room: a copy of the
 * template is some 700 files, 15 ms there and 400 ms on the disk of a small machine.
 */
export async function makeScratchDirectory(name: string): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => null)
  const parent = memory !== null && memory.bavail * memory.bsize > 2 * 2 ** 30 ? '/dev/shm' : tmpdir()
  const directory = await mkdtemp(join(parent, `throughline-${name}-`))
  // mkdtemp makes it 0700; as root, PostgreSQL runs as another user.
  await chmod(directory, 0o711)
  return directory
}

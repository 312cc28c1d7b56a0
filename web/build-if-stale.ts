// Run by `npm start` before the server: builds web/dist when it is missing or older than what it is made of, so that nobody
// has to know about a build step. Runs before anything else is known to be installed: only Node's own modules at the top.
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'

const web = import.meta.dirname
const root = resolve(web, '..')
/** The folders of src/ that the browser runs, too: the check of a workflow and the definitions that it goes by. */
const checked = ['workflow', 'catalogue', 'nodes', 'engine']

/** The newest change below a folder or of a file, in milliseconds; 0 when it does not exist. */
async function newestMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => null)
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const names = (await readdir(path)).filter(
    (name) => name !== 'dist' && name !== 'node_modules' && !name.includes('.test.'),
  )
  const times = await Promise.all(names.map((name) => newestMs(join(path, name))))
  return Math.max(0, ...times)
}

async function buildIfStale(): Promise<void> {
  const builtMs = await newestMs(join(web, 'dist', 'index.html'))
  const sourceMs = await Promise.all(
    [web, ...checked.map((folder) => join(root, 'src', folder)), join(root, 'package-lock.json')].map(newestMs),
  )
  if (builtMs > Math.max(...sourceMs)) return
  const vite = await import('vite').catch(() => null)
  if (!vite) {
    if (builtMs > 0) {
      process.stderr.write(
        'The web app is older than its sources and vite is not installed; serving the older build.\n',
      )
      return
    }
    process.stderr.write('The web app is not built and vite is not installed. Run: npm install --include=dev\n')
    process.exitCode = 1
    return
  }
  process.stdout.write(`Building the web app into ${relative(process.cwd(), join(web, 'dist'))} (a few seconds) …\n`)
  process.env.NODE_ENV = 'production'
  await vite.build({ configFile: join(web, 'vite.config.ts'), logLevel: 'warn' })
}

await buildIfStale()

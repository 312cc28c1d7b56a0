import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Builds the web app when it is stale, by what `npm start` runs. */
export async function buildWebApp(): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'web/build-if-stale.ts')], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error('The web app could not be built.')
}

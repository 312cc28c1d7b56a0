#!/usr/bin/env node
// Runs a TypeScript file of this project on Node 24 or newer: in this process when it is one, else on the Node that
// `npm install` brought along. Plain JavaScript without newer syntax, because any Node from 20 on has to read it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** Runs `file` (a path) with `args`. Exits 1 with one clear line when there is no Node that can. */
export async function runOnNode24(file, args) {
  if (Number(process.versions.node.split('.')[0]) >= 24) {
    process.argv = [process.execPath, file, ...args]
    await import(pathToFileURL(file).href)
    return
  }
  const pinned = join(root, 'node_modules', '.bin', 'node')
  if (!existsSync(pinned)) {
    process.stderr.write(
      `throughline: Node ${process.versions.node} is too old here; Node 24 or newer is needed. ` +
        'On Linux (x64, arm64) `npm install` brings it along; elsewhere install it from https://nodejs.org.\n',
    )
    process.exit(1)
  }
  const child = spawn(pinned, [file, ...args], { stdio: 'inherit' })
  // A signal to this process alone has to be passed on; that Ctrl-C then comes twice is no harm (src/cli/start.ts).
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code === null ? 1 : code)
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2)
  await runOnNode24(resolve(file ?? ''), args)
}

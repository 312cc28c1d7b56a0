import { Problem } from '../errors.ts'
import { type Role, roles, start } from '../start.ts'
import type { Command } from './command.ts'

// npm passes a Ctrl-C on to a child that the terminal has told already: two signals, one key press.
const sameKeyPressMs = 1_000

export default {
  usage: 'start [--role web|worker]',
  summary: 'Serve the web app, the API and the workers in one process.',
  details:
    'With --role only one of them: run any number of each on one DATABASE_URL. SIGTERM or Ctrl-C takes no new work,\n' +
    'waits up to 9 seconds for what is in hand, and stops; a second signal ends the process at once.',
  options: {
    role: { type: 'string', multiple: true, value: 'ROLE', help: 'web or worker; both unless said' },
  },
  async run({ env, log, texts, json }) {
    // Asked for before anything is opened: a signal during a slow start must stop it, too.
    const stopAsked = new Promise<void>((resolve) => {
      let askedAt = Number.POSITIVE_INFINITY
      const onSignal = (signal: NodeJS.Signals) => {
        const now = performance.now()
        if (now - askedAt > sameKeyPressMs) process.exit(signal === 'SIGINT' ? 130 : 143)
        askedAt = Math.min(askedAt, now)
        resolve()
      }
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
    })
    const running = await start({ env, log, roles: chosen(texts('role')) })
    const line = running.url === null ? 'Throughline is working' : `Throughline is ready on ${running.url}`
    const hint = running.hasOwner || running.url === null ? '' : '\nOpen it to create the first owner and workspace.'
    process.stdout.write(json ? `${JSON.stringify({ url: running.url })}\n` : `${line}${hint}\n`)
    await stopAsked
    log.info('Stopping: no new work is taken, what is in hand is finished')
    await running.stop()
    log.info('Stopped')
    // What is left (an open stream, a socket of a pool) has no business after the stop.
    process.exit(0)
  },
} satisfies Command

function chosen(given: readonly string[]): ReadonlySet<Role> {
  const names = given.flatMap((text) => text.split(','))
  for (const name of names) {
    if (!roles.some((role) => role === name)) throw new Problem('invalid', `There is no role "${name}": web or worker.`)
  }
  return new Set(names.length === 0 ? roles : roles.filter((role) => names.includes(role)))
}

import { parseArgs } from 'node:util'
import type { Command, CommandInput } from './cli/command.ts'
import { commands, findCommand } from './cli/commands.ts'
import { describeFailure } from './cli/failure.ts'
import { commandHelp, commonOptions, programHelp } from './cli/help.ts'
import { createLog } from './cli/log.ts'
import { readEnv } from './env.ts'
import { Problem } from './errors.ts'

const words = process.argv.slice(2)
// Known before the options are parsed, so that a fault in them is reported as asked for, too.
const json = words.includes('--json')

try {
  process.exitCode = await run()
} catch (error) {
  const failure = describeFailure(error)
  process.stderr.write(`throughline: ${failure.message}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ error: failure })}\n`)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { name, rest } = findCommand(words)
  if (name === null) {
    const [first] = words
    if (first !== undefined && first !== '--help' && first !== '-h' && first !== 'help') {
      throw new Problem('invalid', `There is no command "${first}". throughline --help lists them.`)
    }
    const summaries = Object.entries(commands).map(([command, { summary }]) => ({ name: command, summary }))
    process.stdout.write(`${programHelp(summaries)}\n`)
    return 0
  }
  const loaded = await commands[name]?.load()
  if (loaded === undefined) throw new Error(`The command ${name} has no module.`)
  const command = loaded.default
  const { values, positionals } = parse(name, command, rest)
  if (values.help) {
    process.stdout.write(`${commandHelp(command)}\n`)
    return 0
  }
  const { min, max } = command.takes ?? { min: 0, max: 0 }
  if (positionals.length < min || positionals.length > max) {
    throw new Problem('invalid', `Usage: throughline ${command.usage}`)
  }
  const env = readEnv(process.env)
  // A command's own output is for its caller; only what goes wrong beside it is logged, unless LOG_LEVEL asks for more.
  const level = name === 'start' || process.env.LOG_LEVEL ? env.logLevel : 'warn'
  const input: CommandInput = {
    env,
    log: createLog(level),
    arguments: positionals,
    text: (option) => lastText(values[option]),
    texts: (option) => [values[option] ?? []].flat().filter((value) => typeof value === 'string'),
    flag: (option) => values[option] === true,
    tell: (line) => process.stderr.write(`${line}\n`),
    json,
  }
  const result = await command.run(input)
  const output = json ? JSON.stringify(result.data) : result.text
  if (output !== '') process.stdout.write(`${output}\n`)
  return result.failed ? 1 : 0
}

function parse(name: string, command: Command, args: string[]) {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...commonOptions }).map(([option, { type, multiple }]) => [
      option,
      { type, multiple: multiple ?? false },
    ]),
  )
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split(/\.\s/)[0] ?? '') : String(cause)
    throw new Problem('invalid', `${reason}. throughline ${name} --help lists the options.`, { cause })
  }
}

function lastText(value: string | boolean | (string | boolean)[] | undefined): string | undefined {
  const last = Array.isArray(value) ? value.at(-1) : value
  return typeof last === 'string' ? last : undefined
}

import type { Logger } from 'pino'
import type { Env } from '../env.ts'

/** One option of a command, as `--name`; a `string` one shows `value` in the help. */
export interface CommandOption {
  type: 'string' | 'boolean'
  /** May be given several times. */
  multiple?: boolean
  /** Placeholder in the help, e.g. `NAME`. */
  value?: string
  help: string
}

/** What a command is given. Its options are parsed, not yet checked. */
export interface CommandInput {
  env: Env
  log: Logger
  arguments: string[]
  text(option: string): string | undefined
  texts(option: string): string[]
  flag(option: string): boolean
  /** Progress and remarks for a person, on stderr: stdout carries the result alone. */
  tell(line: string): void
  /** `--json`: the result is printed as JSON, so a command may leave out what only people read. */
  json: boolean
}

/** What a command answers with: `data` is printed with `--json`, `text` without. */
export interface CommandResult {
  data: Record<string, unknown>
  text: string
  /** The command worked, but what it looked at is not in order: exit code 1. */
  failed?: boolean
}

/** A command of the command line; one file each. It throws a Problem or StartFailure for what its caller can mend. */
export interface Command {
  /** After `throughline`, e.g. `import customers FILE`. */
  usage: string
  summary: string
  /** Paragraphs for `--help`. */
  details?: string
  options: Readonly<Record<string, CommandOption>>
  /** How many arguments it takes beside its options; none unless said. */
  takes?: { min: number; max: number }
  run(input: CommandInput): Promise<CommandResult>
}

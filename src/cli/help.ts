import type { Command, CommandOption } from './command.ts'

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', help: 'Print the result as JSON' },
  help: { type: 'boolean', help: 'Print this help' },
}

/** The help of the program: its commands and how to learn more. */
export function programHelp(summaries: readonly { name: string; summary: string }[]): string {
  return [
    'Throughline: campaign automation from one command.',
    '',
    'Usage: throughline COMMAND [options]     (in a clone: npm run cli -- COMMAND [options])',
    '',
    'Commands',
    ...columns(summaries.map(({ name, summary }) => [name, summary])),
    '',
    'throughline COMMAND --help tells more about one. Settings come from the environment; README.md lists them.',
  ].join('\n')
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const options = { ...command.options, ...commonOptions }
  return [
    command.summary,
    '',
    `Usage: throughline ${command.usage}`,
    ...(command.details === undefined ? [] : ['', command.details]),
    '',
    'Options',
    ...columns(
      Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help]),
    ),
  ].join('\n')
}

function columns(rows: readonly (readonly [string, string])[] | string[][]): string[] {
  const width = Math.max(...rows.map(([first]) => first?.length ?? 0))
  return rows.map(([first, second]) => `  ${(first ?? '').padEnd(width)}  ${second}`)
}

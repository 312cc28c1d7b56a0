import { createReadStream } from 'node:fs'
import { z } from 'zod'
import { checkCampaignFile, readCampaignFile } from '../campaign-files/read.ts'
import { simulateFile } from '../campaign-files/simulate-file.ts'
import { Problem } from '../errors.ts'
import { type Checked, checkExpectations, type Expectations, expectations } from '../simulate/expectations.ts'
import { peopleFromCsv } from '../simulate/people-from-csv.ts'
import type { SimulationResult } from '../simulate/tally.ts'
import { problemLine, readText } from './campaign-file.ts'
import type { Command, CommandInput } from './command.ts'

export default {
  usage: 'simulate FILE [--expect EXPECTATIONS] [--customers N | --csv PEOPLE.csv] [--seed S]',
  summary: 'Simulate a campaign file without a database; exit code 1 when expectations are not met.',
  details:
    'Carries made-up customers, or those of a CSV file, through the workflow on a virtual clock. Nothing is sent or written.\n' +
    'The expectations are JSON: what is assumed (customers, rates, seed, start) and what must come out, for example\n' +
    '  {"assume": {"customers": {"count": 1000}}, "reached": {"exit-1": {"min": 10}}, "sends": {"max": 3000}}\n' +
    'docs/campaign-expectations.schema.json has all of it.',
  options: {
    expect: { type: 'string', value: 'FILE', help: 'What is assumed and what must come out' },
    customers: { type: 'string', value: 'N', help: 'How many made-up customers (1000)' },
    csv: { type: 'string', value: 'FILE', help: 'Simulate these customers instead' },
    seed: { type: 'string', value: 'S', help: 'The same seed gives the same result (1)' },
  },
  takes: { min: 1, max: 1 },
  async run(input) {
    const file = readCampaignFile(await readText(input.arguments[0] ?? ''))
    const { workflow, problems } = checkCampaignFile(file)
    if (workflow === null) {
      const errors = problems.filter(({ severity }) => severity === 'error')
      return {
        data: { ok: false, name: file.name, problems },
        text: [`${file.name} cannot be simulated:`, ...errors.map(problemLine)].join('\n'),
        failed: true,
      }
    }
    const expected = await expectationsOf(input)
    const csv = input.text('csv')
    if (csv !== undefined) await readText(csv)
    const people = csv === undefined ? null : peopleFromCsv(createReadStream(csv))
    const result = await simulateFile(file, workflow, expected.assume, people)
    const checks = input.text('expect') === undefined ? [] : checkExpectations(expected, result)
    const failed = checks.some(({ met }) => !met)
    return {
      data: { ok: !failed, name: file.name, result, checks },
      text: [...summary(file.name, result), ...checks.map(checkLine)].join('\n'),
      failed,
    }
  },
} satisfies Command

async function expectationsOf(input: CommandInput): Promise<Expectations> {
  const path = input.text('expect')
  const text = path === undefined ? '{}' : await readText(path)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Problem('malformed', `${path} is no JSON: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  const parsed = expectations.safeParse(value)
  if (!parsed.success) {
    throw new Problem('invalid', `${path}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
  }
  const { assume } = parsed.data
  const seed = input.text('seed')
  if (seed !== undefined) assume.seed = seed
  const customers = input.text('customers')
  if (customers !== undefined) {
    const count = Number(customers)
    if (!Number.isInteger(count) || count < 1 || count > 1_000_000) {
      throw new Problem('invalid', '--customers takes a whole number from 1 to 1000000.')
    }
    assume.customers.count = count
  }
  return parsed.data
}

function summary(name: string, result: SimulationResult): string[] {
  const days = Math.round((result.endAt.getTime() - result.startAt.getTime()) / 86_400_000)
  const widest = Math.max(...result.nodes.map(({ nodeId }) => nodeId.length))
  return [
    `${name}: ${result.customers} customers, ${result.messages.sent} messages, ${days} days`,
    ...result.nodes.map(({ nodeId, reached, sent, blocked }) => {
      const passed = Object.entries(blocked).map(([reason, count]) => `, ${count} ${reason}`)
      const mail = sent > 0 || passed.length > 0 ? `, ${sent} sent${passed.join('')}` : ''
      return `  ${nodeId.padEnd(widest)}  ${reached} reached${mail}`
    }),
    ...result.ends.map(
      ({ nodeId, status, reason, count }) => `  ${count} end ${status ?? 'not'} (${reason}) at ${nodeId}`,
    ),
    ...result.goals.map(({ nodeId, count }) => `  ${count} reach the goal ${nodeId}`),
    ...result.errors.map(({ nodeId, message, count }) => `  ${count} err at ${nodeId}: ${message}`),
  ]
}

const checkLine = ({ what, expected, actual, met }: Checked): string =>
  `${met ? 'met    ' : 'NOT MET'}  ${what}: ${actual}, expected ${expected}`

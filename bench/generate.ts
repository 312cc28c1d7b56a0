/**
 * `bench generate`: thirty things that people would ask for, in three languages, terse to long, contradictory and impossible, and ten
 * that were held out, each with a rubric that a program can check. Runs against the model that AI_BENCH_KIND, AI_BENCH_MODEL,
 * AI_BENCH_BASE_URL, AI_BENCH_KEY and AI_BENCH_REGION name; without them it runs the outline reader, and answers that were written by
 * hand, and says so. Each generation goes the whole way: the route's generator, the provider's socket, the compiler, repairs.
 */
import { readFile } from 'node:fs/promises'
import { openDesk } from '../src/ai/generate.ts'
import type { OpenProvider } from '../src/ai/model.ts'
import { testProvider } from '../src/ai/probe.ts'
import type { Proposal } from '../src/ai/proposal.ts'
import { getProvider, insertProvider, newProviderId } from '../src/ai/provider-queries.ts'
import { keyPlace } from '../src/ai/session.ts'
import { write } from '../src/ai/write.ts'
import type { App } from '../src/app.ts'
import { createWorkspace } from '../src/workspaces/setup-queries.ts'
import { startAiServer } from '../test/ai-server.ts'
import { type Case, cases, heldOut } from './generate-cases.ts'
import { judge } from './generate-judge.ts'
import { onScratchServer, round } from './workload.ts'

interface Row {
  index: number
  language: string
  prompt: string
  passed: boolean
  failed: string[]
  ms: number
  tokens: number
  /** How often the compiler's errors went back. */
  repairs: number
}

/** A model to be measured. */
interface Wanted {
  kind: OpenProvider['kind']
  model: string
  baseUrl: string | null
  key: string | undefined
  region: string | null
}

/** What a model might answer to one of the thirty, by hand: an object is sent as its JSON, a text as it stands. */
interface Recorded {
  /** From 1. */
  prompt: number
  about: string
  /** One for each time that it is asked. */
  answers: (object | string)[]
}

/** Nothing has this id: a campaign that is not there yet. */
const noCampaign = '00000000-0000-0000-0000-000000000000'

/** Runs the benchmark. */
export default async function benchGenerate({ tell }: { tell(line: string): void }): Promise<Record<string, unknown>> {
  const { AI_BENCH_KIND: kind, AI_BENCH_MODEL: model, AI_BENCH_BASE_URL: baseUrl = null } = process.env
  const { AI_BENCH_KEY: key, AI_BENCH_REGION: region = null } = process.env
  return await onScratchServer(tell, async ({ app }) => {
    const workspaceId = await app.db.transaction().execute(async (tx) => await createWorkspace(tx, 'Bench'))
    const run = async (writer: string) => {
      const thirty = summarise(writer, await runAll(app, workspaceId, cases, tell))
      tell('Held out: ten that nothing was made for.')
      return { ...thirty, heldOut: summarise(writer, await runAll(app, workspaceId, heldOut, tell)) }
    }
    if (kind && model) {
      await connect(app, workspaceId, { kind: kind as OpenProvider['kind'], model, baseUrl, key, region })
      return await run(`${kind} ${model}`)
    }
    tell('No model is named (AI_BENCH_KIND, AI_BENCH_MODEL …). First the outline reader, by rules:')
    const byRules = await run('the outline reader: rules, no model')
    return { ...byRules, recorded: await runRecorded(app, workspaceId, tell) }
  })
}

/**
 * Lets answers that were written by hand through all that a model's answers go through: the socket, the stream, reading, compiling,
 * repairs. It shows that the way holds and what the rubric lets pass; it says nothing of any model, for none was asked.
 */
async function runRecorded(app: App, workspaceId: number, tell: (line: string) => void) {
  const recorded: Recorded[] = JSON.parse(await readFile(new URL('generate-answers.json', import.meta.url), 'utf8'))
  tell('Then recorded answers, written by hand; no model is asked:')
  await using server = await startAiServer()
  server.script({ say: '{"ready": true}' })
  const { url: baseUrl } = server
  await connect(app, workspaceId, {
    kind: 'openai-compatible',
    model: 'recorded',
    baseUrl,
    key: undefined,
    region: null,
  })
  const rows = await runAll(app, workspaceId, cases, tell, (index) => {
    const answers = recorded.find(({ prompt }) => prompt === index)?.answers
    if (!answers) throw new Error(`Nothing is recorded for prompt ${index}.`)
    server.script(...answers.map((each) => ({ say: typeof each === 'string' ? each : JSON.stringify(each) })))
  })
  const repaired = rows.filter(({ repairs }) => repairs > 0).map(({ index, repairs }) => ({ index, repairs }))
  // Its tokens are the scripted server's, and so are no figure.
  const { tokens: _, ...shown } = summarise('recorded answers, written by hand: no model was asked', rows)
  return { ...shown, repaired }
}

async function runAll(
  app: App,
  workspaceId: number,
  asked: readonly Case[],
  tell: (line: string) => void,
  before: (index: number) => void = () => undefined,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const [at, [language, prompt, rubric]] of asked.entries()) {
    const index = at + 1
    before(index)
    const startedAt = performance.now()
    const { proposal, repairs } = await propose(app, workspaceId, prompt)
    const ms = round(performance.now() - startedAt)
    const failed = judge(proposal, rubric)
    const tokens = (proposal?.usage?.inputTokens ?? 0) + (proposal?.usage?.outputTokens ?? 0)
    const passed = failed.length === 0
    rows.push({ index, language, prompt, passed, failed, ms, tokens, repairs })
    const shown = prompt.replaceAll('\n', ' / ').slice(0, 60)
    tell(`${passed ? 'ok  ' : 'FAIL'} ${index} ${language} ${shown}${passed ? '' : `: ${failed.join('; ')}`}`)
  }
  return rows
}

function summarise(writer: string, rows: readonly Row[]) {
  const times = rows.map(({ ms }) => ms).sort((a, b) => a - b)
  const passed = (own: readonly Row[]) => own.filter((row) => row.passed).length
  return {
    writer,
    prompts: rows.length,
    passed: passed(rows),
    passedByLanguage: Object.fromEntries(
      [...Map.groupBy(rows, (row) => row.language)].map(([language, own]) => [
        language,
        `${passed(own)} of ${own.length}`,
      ]),
    ),
    medianMs: times[Math.floor(times.length / 2)],
    slowestMs: times.at(-1),
    tokens: rows.reduce((sum, { tokens }) => sum + tokens, 0),
    failures: rows.filter((row) => !row.passed).map(({ index, prompt, failed }) => ({ index, prompt, failed })),
  }
}

/** Makes a model the one that the workspace asks. @throws Error when it does not answer */
async function connect(app: App, workspaceId: number, wanted: Wanted): Promise<void> {
  const { kind, model, baseUrl, key, region } = wanted
  const url = baseUrl === null ? null : new URL(baseUrl)
  // Whoever runs a benchmark against a server means that server.
  const host = url && `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
  if (host) app.env.allowPrivateHosts = [...app.env.allowPrivateHosts, host]
  const id = await app.db.transaction().execute(async (tx) => {
    const made = await newProviderId(tx)
    const secret = key === undefined ? null : app.keys.encrypt(key, keyPlace(workspaceId, made))
    const values = {
      kind,
      name: 'Bench',
      baseUrl,
      region,
      accessKeyId: null,
      model,
      secret,
      inputPrice: null,
      outputPrice: null,
    }
    await insertProvider(tx, workspaceId, made, values)
    return made
  })
  const row = await getProvider(app.db, workspaceId, id)
  const found = row && (await testProvider(app, row, 'bench'))
  if (!found?.ok) throw new Error(`The model does not answer: ${found?.detail}`)
}

/** Straight from the generator: the limit of requests an hour is the route's. */
async function propose(
  app: App,
  workspaceId: number,
  prompt: string,
): Promise<{ proposal: Proposal | null; repairs: number }> {
  const draft = { nodes: [], edges: [], layout: {}, version: 1, status: 'draft' as const }
  const desk = await openDesk(app, workspaceId, noCampaign, draft, { prompt, proposal: null, example: null })
  let repairs = 0
  for await (const event of write(desk, { actor: 'cli', signal: AbortSignal.timeout(300_000) })) {
    if (event.event === 'progress' && event.data.stage === 'repairing') repairs += 1
    if (event.event === 'proposal') return { proposal: event.data, repairs }
  }
  return { proposal: null, repairs }
}

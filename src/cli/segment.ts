/** `segment …`: one file for its commands, because each is a request to the API with a sentence around it. */
import type { z } from 'zod'
import type { App } from '../app.ts'
import { Problem } from '../errors.ts'
import { openApp } from '../open-app.ts'
import { segmentPreviewRoutes } from '../segments/preview-routes.ts'
import { segmentRoutes } from '../segments/routes.ts'
import { type Asked, callRoute } from './call-route.ts'
import { readText } from './campaign-file.ts'
import type { Command, CommandInput, CommandResult } from './command.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

const routes = [...segmentPreviewRoutes, ...segmentRoutes] as const
type Routes = { [R in (typeof routes)[number] as `${R['method']} ${R['path']}`]: R }
type Segment = z.input<Routes['GET /segments/:id']['response']>
type Ask = <K extends keyof Routes>(key: K, asked?: Asked) => Promise<z.input<Routes[K]['response']>>

async function atDesk(
  input: CommandInput,
  act: (ask: Ask, app: App) => Promise<CommandResult>,
): Promise<CommandResult> {
  await using opened = await openApp({ env: input.env, log: input.log, role: 'command' })
  const workspace = await chooseWorkspace(opened.app, input.text('workspace'))
  return await act(async (key, asked = {}) => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === key) as unknown as Routes[typeof key]
    return await callRoute(opened.app, workspace.id, route, asked)
  }, opened.app)
}

/** All segments, or those whose name holds a text. */
async function listAll(ask: Ask, q?: string): Promise<Segment[]> {
  const items: Segment[] = []
  let cursor: string | null = null
  do {
    const query: Record<string, string> = { limit: '200', ...(q && { q }), ...(cursor && { cursor }) }
    const answer: { items: Segment[]; nextCursor: string | null } = await ask('GET /segments', { query })
    items.push(...answer.items)
    cursor = answer.nextCursor
  } while (cursor !== null)
  return items
}

/** @throws Problem `not_found`, or `invalid` for a name that several segments have */
async function findSegment(ask: Ask, named: string): Promise<Segment> {
  if (/^[0-9a-f-]{36}$/i.test(named)) return await ask('GET /segments/:id', { params: { id: named } })
  const found = (await listAll(ask, named)).filter(({ name }) => name.toLowerCase() === named.toLowerCase())
  if (found.length > 1) throw new Problem('invalid', `Several segments are named “${named}”: give the id instead.`)
  if (!found[0]) throw new Problem('not_found', `There is no segment “${named}”. Try: throughline segment list`)
  return found[0]
}

/** Rules as JSON, from a file or the argument itself. @throws Problem `malformed` */
async function readRules(given: string): Promise<unknown> {
  const text = given.trimStart().startsWith('{') ? given : await readText(given)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Problem('malformed', `The rules are no JSON: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    })
  }
}

const counted = ({ customers }: Pick<Segment, 'customers'>): string =>
  customers === null ? 'too many to count in a moment' : `${customers} ${customers === 1 ? 'customer' : 'customers'}`

/** The commands about segments, by their second word. */
export const segmentCommands = {
  list: {
    usage: 'segment list',
    summary: 'List segments with their kind and how many customers they hold.',
    options: { workspace: workspaceOption },
    run: (input) =>
      atDesk(input, async (ask) => {
        const items = await listAll(ask)
        const lines = items.map(
          (segment) => `${segment.id}  ${segment.kind.padEnd(7)}  ${segment.name}: ${counted(segment)}`,
        )
        return { data: { items }, text: lines.length > 0 ? lines.join('\n') : 'There are no segments yet.' }
      }),
  },
  count: {
    usage: 'segment count SEGMENT',
    summary: 'Count the customers of a segment, by its id or name; with rules, each of them by itself.',
    options: { workspace: workspaceOption },
    takes: { min: 1, max: 1 },
    run: (input) =>
      atDesk(input, async (ask) => {
        const segment = await findSegment(ask, input.arguments[0] ?? '')
        const { id, name, kind, rules } = segment
        if (rules === null)
          return { data: { id, name, kind, count: segment.customers }, text: `${name}: ${counted(segment)}` }
        const { count, counts } = await ask('POST /segments/preview', { body: { rules } })
        const lines = Object.entries(counts).map(([path, n]) => `  ${path}: ${n}`)
        const text = [`${name}: ${counted({ customers: count })}`, ...lines].join('\n')
        return { data: { id, name, kind, count, counts }, text }
      }),
  },
  preview: {
    usage: 'segment preview RULES',
    summary: 'Count who matches rules, and show some, without saving them.',
    details:
      'RULES is JSON, or a file of it, as docs/segments.md has it:\n' +
      '  throughline segment preview \'{"all": [{"field": "country", "op": "equals", "value": "VN"}]}\'',
    options: { workspace: workspaceOption },
    takes: { min: 1, max: 1 },
    run: (input) =>
      atDesk(input, async (ask) => {
        const rules = await readRules(input.arguments[0] ?? '')
        const data = await ask('POST /segments/preview', { body: { rules } })
        const lines = data.items.map(
          ({ email, externalId, id, because }) => `  ${email ?? externalId ?? id}: ${because.join(' · ')}`,
        )
        return { data, text: [`${counted({ customers: data.count })} of ${data.customers} match`, ...lines].join('\n') }
      }),
  },
} as const satisfies Record<string, Command>

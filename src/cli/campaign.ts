/** `campaign …`: one file for all its commands, because each is a request to the API with a sentence around it. */
import type { z } from 'zod'
import type { App } from '../app.ts'
import { campaignRoutes } from '../campaigns/routes.ts'
import { sql } from '../db/database.ts'
import { Problem } from '../errors.ts'
import { firingRoutes } from '../firings/routes.ts'
import { openApp } from '../open-app.ts'
import { type Asked, callRoute } from './call-route.ts'
import type { Command, CommandInput, CommandOption, CommandResult } from './command.ts'
import { enrollingText, lastText, sendingText } from './outlook-text.ts'
import { chooseWorkspace, workspaceOption } from './workspace.ts'

const routes = [...campaignRoutes, ...firingRoutes] as const
type Routes = { [R in (typeof routes)[number] as `${R['method']} ${R['path']}`]: R }

/** A campaign, and the API to ask about it. */
interface Desk {
  app: App
  workspaceId: number
  id: string
  ask<K extends keyof Routes>(key: K, asked?: Asked): Promise<z.input<Routes[K]['response']>>
}

/** Opens the database, finds the campaign that the first argument names, if any, and answers what `act` does. */
async function atDesk(input: CommandInput, act: (desk: Desk) => Promise<CommandResult>): Promise<CommandResult> {
  await using opened = await openApp({ env: input.env, log: input.log, role: 'command' })
  const { app } = opened
  const workspace = await chooseWorkspace(app, input.text('workspace'))
  const [named] = input.arguments
  const id = named === undefined ? '' : await findCampaignId(app, workspace.id, named)
  const ask = async <K extends keyof Routes>(key: K, asked: Asked = {}) => {
    const route = routes.find(({ method, path }) => `${method} ${path}` === key) as unknown as Routes[K]
    return await callRoute(app, workspace.id, route, { params: { id }, ...asked })
  }
  return await act({ app, workspaceId: workspace.id, id, ask })
}

/** @throws Problem `not_found`, or `invalid` for a name that several campaigns have */
async function findCampaignId(app: App, workspaceId: number, named: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select id from campaign where workspace_id = ${workspaceId}
      and (id::text = lower(${named}) or lower(name) = lower(${named})) order by id limit 2
  `.execute(app.db)
  if (rows.length > 1) throw new Problem('invalid', `Several campaigns are named “${named}”: give the id instead.`)
  if (!rows[0]) throw new Problem('not_found', `There is no campaign “${named}”. Try: throughline campaign list`)
  return rows[0].id
}

/** The ids of customers named by id or email. @throws Problem `not_found` */
async function findCustomerIds({ app, workspaceId }: Desk, named: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ name: string; id: string | null }>`
    select n.name, (select c.id from customer c where c.workspace_id = ${workspaceId} and c.archived_at is null
      and (c.id::text = lower(n.name) or lower(c.email) = lower(n.name)) limit 1) as id
    from unnest(${[...named]}::text[]) as n(name)
  `.execute(app.db)
  const unknown = rows.filter(({ id }) => id === null).map(({ name }) => name)
  if (unknown.length > 0) throw new Problem('not_found', `There is no customer ${unknown.join(', ')}.`)
  return rows.flatMap(({ id }) => id ?? [])
}

/** A number option. @throws Problem `invalid` */
function numberOf(input: CommandInput, option: string): number | undefined {
  const text = input.text(option)
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new Problem('invalid', `--${option} takes a number.`)
  return value
}

const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const people = (n: number): string => `${n} ${n === 1 ? 'customer' : 'customers'}`

const enrollOption: CommandOption = {
  type: 'string',
  value: 'HOW',
  help: 'keep (whoever matches, now and later; the default), now, or none',
}
const pauseOptions: Command['options'] = {
  waits: {
    type: 'string',
    value: 'WHAT',
    help: 'keep what was left of every wait (the default), or continue: the pause has elapsed',
  },
  'spread-hours': { type: 'string', value: 'HOURS', help: 'Let the overdue go on evenly over so many hours' },
}

interface Described {
  usage: string
  summary: string
  details?: string
  options?: Command['options']
  takes?: Command['takes']
}

const command = (
  { usage, summary, details, options = {}, takes = { min: 1, max: 1 } }: Described,
  act: (desk: Desk, input: CommandInput) => Promise<CommandResult>,
): Command => ({
  usage: `campaign ${usage}`,
  summary,
  ...(details !== undefined && { details }),
  options: { ...options, workspace: workspaceOption },
  takes,
  run: (input) => atDesk(input, (desk) => act(desk, input)),
})

type Detail = z.input<Routes['GET /campaigns/:id']['response']>

/** A campaign after a move. */
const moved = (campaign: Detail, what: string): CommandResult => ({
  data: campaign,
  text: `${campaign.name} is ${campaign.status}${what}`,
})

const leavingPause = (input: CommandInput) =>
  given({ waits: input.text('waits'), spreadHours: numberOf(input, 'spread-hours') })
const spreadText = ({ spread }: Detail): string =>
  spread ? `; ${people(spread.total)} overdue go on evenly until ${spread.until}` : ''

type Firing = z.input<Routes['POST /campaigns/:id/run']['response']>

/** Answers with the firing, or with `--wait` when it has ended. */
async function fired({ ask }: Desk, firing: Firing, input: CommandInput): Promise<CommandResult> {
  let now = firing
  let told = ''
  while (input.flag('wait') && ['scheduled', 'running', 'held'].includes(now.status)) {
    const line = `${now.status}: ${now.matched} matched, ${now.enrolled} enrolled`
    if (line !== told) input.tell(line)
    told = line
    await new Promise((resolve) => setTimeout(resolve, 500))
    now = await ask('GET /firings/:id', { params: { id: firing.id } })
  }
  const skipped = Object.entries(now.skipped).map(([reason, n]) => `, ${n} ${reason}`)
  return {
    data: now,
    text: `Firing ${now.id} is ${now.status}: ${now.matched} matched, ${now.enrolled} enrolled${skipped.join('')}`,
    failed: now.status === 'failed' || now.status === 'stopped',
  }
}

const waitOption: Command['options'] = {
  wait: { type: 'boolean', help: 'Wait until it has ended; a running server or worker carries it out' },
}

/** The commands by what follows `campaign`. */
export const campaignCommands = {
  list: command(
    {
      usage: 'list [--status STATUS] [--search TEXT]',
      summary: 'List campaigns with their status and numbers.',
      options: {
        status: { type: 'string', value: 'STATUS', help: 'draft, active, paused, completed or archived' },
        search: { type: 'string', value: 'TEXT', help: 'In name or description' },
      },
      takes: { min: 0, max: 0 },
    },
    async ({ ask }, input) => {
      const items: z.input<Routes['GET /campaigns']['response']>['items'] = []
      const filter = given({ status: input.text('status'), q: input.text('search') }) as Record<string, string>
      let cursor: string | null = ''
      while (cursor !== null) {
        const page: z.input<Routes['GET /campaigns']['response']> = await ask('GET /campaigns', {
          query: { limit: '200', ...filter, ...(cursor && { cursor }) },
        })
        items.push(...page.items)
        cursor = page.nextCursor
      }
      const lines = items.map(
        ({ id, name, status, counts }) =>
          `${id}  ${status.padEnd(9)}  ${String(counts.inside).padStart(8)} inside  ${name}`,
      )
      return { data: { items }, text: lines.length > 0 ? lines.join('\n') : 'There are no campaigns.' }
    },
  ),
  show: command(
    {
      usage: 'show CAMPAIGN',
      summary:
        'Show a campaign: status, numbers, when the last inside are through, its moves; while paused who is overdue.',
    },
    async ({ ask }) => {
      const campaign = await ask('GET /campaigns/:id')
      const { inside, finished, sent, replied } = campaign.counts
      const { status } = campaign
      const preview = status === 'paused' ? await ask('GET /campaigns/:id/resume-preview') : null
      const last = inside > 0 && status !== 'archived' ? await ask('GET /campaigns/:id/complete-preview') : null
      return {
        data: { ...campaign, ...(preview && { resumePreview: preview }), ...(last && { completePreview: last }) },
        text: [
          `${campaign.name} (${campaign.id})`,
          `  ${campaign.status}; ${inside} inside, ${finished} finished, ${sent} sent, ${replied} replied`,
          ...(preview
            ? [
                `  ${people(preview.overdue)} overdue by the clock; at once go ${preview.atOnce.keep} when waits are kept, ${preview.atOnce.continue} when they continue`,
                ...preview.nodes.map(({ title, nodeId, overdue }) => `    ${overdue} at ${title || nodeId}`),
                `  resumed, ${sendingText(preview.sending.keep)} when waits are kept, ${sendingText(preview.sending.continue)} when they continue`,
                ...enrollingText(preview.enrolling),
              ]
            : []),
          ...(last ? lastText(last) : []),
          ...campaign.moves.map(({ at, from, to, by, byName }) => `  ${at}  ${from} -> ${to}  by ${byName ?? by}`),
        ].join('\n'),
      }
    },
  ),
  activate: command(
    {
      usage: 'activate CAMPAIGN [--enroll keep|now|none] [--holdout PERCENT]',
      summary: 'Check a draft, publish its workflow and begin.',
      details: 'Refused with the list of what to fix, as in the app.',
      options: {
        enroll: enrollOption,
        holdout: { type: 'string', value: 'PERCENT', help: 'Hold out so many percent, 0 to 50' },
      },
    },
    async ({ ask }, input) => {
      const body = given({ enroll: input.text('enroll'), holdoutPercent: numberOf(input, 'holdout') })
      return moved(await ask('POST /campaigns/:id/activate', { body }), '')
    },
  ),
  pause: command({ usage: 'pause CAMPAIGN', summary: 'Freeze everyone inside.' }, async ({ ask }) => {
    const campaign = await ask('POST /campaigns/:id/pause')
    const inHand = campaign.inHand > 0 ? `; a provider already held ${campaign.inHand} messages` : ''
    return moved(campaign, `; ${people(campaign.counts.inside)} frozen${inHand}`)
  }),
  resume: command(
    {
      usage: 'resume CAMPAIGN [--waits keep|continue] [--spread-hours HOURS]',
      summary: 'Go on after a pause.',
      details: '“campaign show” says who is overdue, and how many go on at once with either choice.',
      options: pauseOptions,
    },
    async ({ ask }, input) => {
      const campaign = await ask('POST /campaigns/:id/resume', { body: leavingPause(input) })
      return moved(campaign, `; ${people(campaign.counts.inside)} inside go on${spreadText(campaign)}`)
    },
  ),
  complete: command(
    {
      usage: 'complete CAMPAIGN [--waits keep|continue] [--spread-hours HOURS]',
      summary: 'Enroll nobody any more and let everyone inside finish.',
      details: 'The options are for a paused campaign, as with “campaign resume”.',
      options: pauseOptions,
    },
    async ({ ask }, input) => {
      const campaign = await ask('POST /campaigns/:id/complete', { body: leavingPause(input) })
      return moved(campaign, `; ${people(campaign.counts.inside)} inside go on to the end${spreadText(campaign)}`)
    },
  ),
  archive: command(
    {
      usage: 'archive CAMPAIGN [--yes]',
      summary: 'End a campaign for good; whoever is inside stops.',
      options: { yes: { type: 'boolean', help: 'Also when somebody is inside' } },
    },
    async ({ ask }, input) => {
      const { inside } = (await ask('GET /campaigns/:id')).counts
      if (inside > 0 && !input.flag('yes')) {
        throw new Problem(
          'wrong_state',
          `${people(inside)} inside would stop, and it cannot be undone. To do it, add --yes.`,
        )
      }
      return moved(await ask('POST /campaigns/:id/archive'), `; ${people(inside)} stopped`)
    },
  ),
  reopen: command({ usage: 'reopen CAMPAIGN', summary: 'Let a completed campaign enroll again.' }, async ({ ask }) =>
    moved(await ask('POST /campaigns/:id/reopen'), ''),
  ),
  duplicate: command(
    {
      usage: 'duplicate CAMPAIGN',
      summary: 'Copy a campaign into a new draft.',
      details: 'Workflow, layout and products are copied; audience, triggers and statistics are not.',
    },
    async ({ ask }) => {
      const copy = await ask('POST /campaigns/:id/duplicate')
      return { data: copy, text: `${copy.name}: ${copy.id}` }
    },
  ),
  run: command(
    { usage: 'run CAMPAIGN [--wait]', summary: 'Run now: enroll the current audience.', options: waitOption },
    async (desk, input) => fired(desk, await desk.ask('POST /campaigns/:id/run'), input),
  ),
  enroll: command(
    {
      usage: 'enroll CAMPAIGN CUSTOMER… [--wait]',
      summary: 'Enroll customers, by id or email, whatever the audience says.',
      options: waitOption,
      takes: { min: 2, max: 1_000 },
    },
    async (desk, input) => {
      const customerIds = await findCustomerIds(desk, input.arguments.slice(1))
      return fired(desk, await desk.ask('POST /campaigns/:id/enroll', { body: { customerIds } }), input)
    },
  ),
  're-enroll': command(
    {
      usage: 're-enroll CAMPAIGN (CUSTOMER… | --status STATUS [--reason REASON]) [--wait]',
      summary: 'Send customers through again who went through.',
      details: 'Those named by id or email, or all whose last passage ended so. Whoever is still inside is left out.',
      options: {
        status: { type: 'string', value: 'STATUS', help: 'succeeded, canceled or failed' },
        reason: { type: 'string', value: 'REASON', help: 'Only those who ended with this reason, e.g. cooldown' },
        ...waitOption,
      },
      takes: { min: 1, max: 1_000 },
    },
    async (desk, input) => {
      const named = input.arguments.slice(1)
      const status = input.text('status')
      if (named.length > 0 === (status !== undefined)) {
        throw new Problem('invalid', 'Name customers, or say how they ended: --status succeeded|canceled|failed.')
      }
      const body =
        status === undefined
          ? { customerIds: await findCustomerIds(desk, named) }
          : { outcome: given({ status, reason: input.text('reason') }) }
      return fired(desk, await desk.ask('POST /campaigns/:id/re-enroll', { body }), input)
    },
  ),
} satisfies Record<string, Command>

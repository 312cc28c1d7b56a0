import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, sql } from '../src/db/database.ts'
import { sign } from '../src/triggers/signature.ts'
import { waitingFlow } from './campaign.ts'
import { type ApiClient, apiClient, eventually } from './client.ts'
import { type RunningProgram, runCommand, startProgram } from './program.ts'

/** A web process and workers on one database, with customers to race for. */
export interface Arena extends AsyncDisposable {
  api: ApiClient
  /** Where the web process listens. */
  url: string
  db: Db
  customers: number
  /** A list by hand with every other customer in it. */
  half: string
  sandbox: string
}

/** Starts the program's own roles as processes on the database at `url`, and adds customers. */
export async function openArena(
  db: Db,
  url: string,
  { workers, customers }: { workers: number; customers: number },
): Promise<Arena> {
  const env = { DATABASE_URL: url, SECRET_KEY: randomBytes(32).toString('hex'), LOG_LEVEL: 'error' }
  await runCommand(
    ['setup', '--email', 'o@example.com', '--password', 'a long passphrase', '--workspace', 'Races'],
    env,
  )
  const key = (await runCommand(['api-key', 'create', '--name', 'test', '--role', 'admin'], env)).stdout.trim()
  const web = await startProgram(env, ['--role', 'web'])
  const api = apiClient(web.url, key)
  await sql`
    insert into customer (workspace_id, email, first_name)
    select (select max(id) from workspace), 'c' || n || '@example.com', 'Customer ' || n from generate_series(1, ${customers}::int) n
  `.execute(db)
  const { id: half } = await api.must('POST', '/segments', { name: 'Half' })
  await sql`
    insert into segment_member (segment_id, customer_id, workspace_id)
    select ${half}::uuid, id, workspace_id from (select id, workspace_id, row_number() over (order by id) as n from customer) c where n % 2 = 0
  `.execute(db)
  await sql`analyze`.execute(db)
  const credentials = (await api.must('GET', '/credentials')).items
  const sandbox = credentials.find((one: { type: string }) => one.type === 'sandbox').id
  const processes: RunningProgram[] = await Promise.all(
    Array.from({ length: workers }, () => startProgram(env, ['--role', 'worker'])),
  )
  return {
    api,
    url: web.url,
    db,
    customers,
    half,
    sandbox,
    async [Symbol.asyncDispose]() {
      await Promise.all([...processes, web].map((program) => program.stop()))
    },
  }
}

/** trigger → email → exit, through the sandbox. */
const mailFlow = (credentialId: string) => ({
  nodes: [
    { id: 'start', type: 'trigger', title: 'Start', config: {} },
    { id: 'mail', type: 'email-send', title: 'Mail', config: { credentialId, subject: 'Hello', body: 'Hello' } },
    { id: 'exit', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [
    { id: 'e1', source: 'start', target: 'mail', when: null },
    { id: 'e2', source: 'mail', target: 'exit', when: null },
  ],
})

async function draft({ api }: Arena, flow: unknown): Promise<string> {
  const { id } = await api.must('POST', '/campaigns', { name: 'Race', audience: { type: 'all' } })
  await api.must('PUT', `/campaigns/${id}/workflow`, flow)
  return id
}

async function active(arena: Arena, flow: unknown, enroll: 'keep' | 'now' | 'none' = 'none'): Promise<string> {
  const id = await draft(arena, flow)
  await arena.api.must('POST', `/campaigns/${id}/activate`, { enroll })
  return id
}

const patienceMs = 600_000

/** Waits until no firing of the campaign is open. Answers them. */
async function firingsEnded(
  { api }: Arena,
  id: string,
): Promise<{ status: string; enrolled: number; matched: number }[]> {
  return await eventually(
    'firings to end',
    async () => {
      const { items } = await api.must('GET', `/campaigns/${id}/firings?limit=200`)
      return items.every(({ finishedAt }: { finishedAt: string | null }) => finishedAt !== null) && items
    },
    patienceMs,
  )
}

const allEnded = async ({ db }: Arena, id: string) =>
  await eventually(
    'runs to end',
    async () => {
      const { rows } = await sql`select from run where campaign_id = ${id} and finished_at is null limit 1`.execute(db)
      return rows.length === 0
    },
    patienceMs,
  )

/** Breaches of what always holds of a campaign (ENGINE, “Promises”); empty when there are none. */
export async function breaches({ api, db }: Arena, id: string): Promise<string[]> {
  const { rows } = await sql<Record<string, number>>`
    select
      (select count(*) from (select 1 from run where campaign_id = ${id} and finished_at is null group by customer_id having count(*) > 1) d) as "two live runs of a customer",
      (select count(*) from (select 1 from run where campaign_id = ${id} group by customer_id having count(*) <> max(entry) or min(entry) <> 1
        or count(distinct entry) <> count(*)) d) as "entries with gaps or repeats",
      (select count(*) from (select 1 from message where campaign_id = ${id} group by run_id, node_id having count(*) > 1) d) as "two messages of a step",
      (select count(*) from (select 1 from sandbox_mail s join message m on m.id = s.message_id where m.campaign_id = ${id}
        group by s.message_id having count(*) > 1) d) as "a message handed over twice",
      (select count(*) from run where campaign_id = ${id} and (finished_at is null) <> (status = 'running')) as "ended without an end"
  `.execute(db)
  const found = Object.entries(rows[0] ?? {}).flatMap(([what, n]) => (n > 0 ? [`${n} × ${what}`] : []))
  const { counts, status } = await api.must('GET', `/campaigns/${id}`)
  const counted = await sql<{ inside: number; finished: number; sent: number }>`
    select count(*) filter (where finished_at is null) as inside, count(*) filter (where finished_at is not null) as finished,
      (select count(*) from message where campaign_id = ${id} and state = 'sent') as sent
    from run where campaign_id = ${id}
  `.execute(db)
  const { inside, finished, sent } = counted.rows[0] ?? { inside: -1, finished: -1, sent: -1 }
  const rowsSay = status === 'archived' ? [0, inside + finished, sent] : [inside, finished, sent]
  const countsSay = [counts.inside, counts.finished, counts.sent]
  if (String(rowsSay) !== String(countsSay)) found.push(`counts ${countsSay} but rows ${rowsSay}`)
  return found
}

const standing = async ({ db }: Arena, id: string) => {
  const { rows } = await sql<{ handed: number; steps: number; runs: number }>`
    select (select count(*) from message where campaign_id = ${id} and handed_at is not null) as handed,
      (select coalesce(sum(steps), 0) from run where campaign_id = ${id}) as steps,
      (select count(*) from run where campaign_id = ${id}) as runs
  `.execute(db)
  return rows[0] ?? { handed: 0, steps: 0, runs: 0 }
}

/** What went on after a move was answered, beside what it said was in a provider's hands; empty when nothing did. */
async function goesOn(arena: Arena, id: string): Promise<string[]> {
  const before = await standing(arena, id)
  await sleep(100)
  const after = await standing(arena, id)
  return (['handed', 'steps', 'runs'] as const).flatMap((what) =>
    after[what] > before[what] ? [`${after[what] - before[what]} more ${what} after the answer`] : [],
  )
}

const begun = async (arena: Arena, id: string, what: 'handed' | 'steps' | 'runs') =>
  await eventually(`${what} to begin`, async () => (await standing(arena, id))[what] > 0, patienceMs)

/** One repetition of each race. Each answers what it found wrong; nothing, when all promises held. */
export const races: Readonly<Record<string, (arena: Arena) => Promise<string[]>>> = {
  async 'Run now twice'(arena) {
    const id = await active(arena, mailFlow(arena.sandbox))
    await Promise.all([1, 2].map(() => arena.api.must('POST', `/campaigns/${id}/run`)))
    const firings = await firingsEnded(arena, id)
    const enrolled = firings.reduce((sum, firing) => sum + firing.enrolled, 0)
    await allEnded(arena, id)
    return [
      ...(enrolled === arena.customers ? [] : [`enrolled ${enrolled} of ${arena.customers}`]),
      ...(await breaches(arena, id)),
    ]
  },

  async 'Run now with a webhook and an event for the same customer'(arena) {
    const { api, db } = arena
    const id = await draft(arena, waitingFlow())
    const config = { customerPath: '$.email', matchBy: 'email', createIfUnknown: false, mapping: {} }
    const event = `race.${randomUUID()}`
    await api.must('POST', `/campaigns/${id}/triggers`, { type: 'manual' })
    await api.must('POST', `/campaigns/${id}/triggers`, { type: 'event', config: { event } })
    const hook = await api.must('POST', `/campaigns/${id}/triggers`, { type: 'webhook', config })
    await api.must('POST', `/campaigns/${id}/activate`, {})
    const email = `c${1 + Math.floor(Math.random() * arena.customers)}@example.com`
    const call = async (messageId: string) => {
      const signed = { id: messageId, timestamp: String(Math.floor(Date.now() / 1000)) }
      const body = JSON.stringify({ email })
      const answer = await fetch(`${arena.url}${new URL(hook.url).pathname}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'webhook-id': signed.id,
          'webhook-timestamp': signed.timestamp,
          'webhook-signature': sign(hook.secret, signed, body),
        },
        body,
      })
      return answer.status
    }
    const same = randomUUID()
    const [, , ...codes] = await Promise.all([
      api.must('POST', `/campaigns/${id}/run`),
      api.must('POST', '/events', { name: event, customer: { email } }),
      call(same),
      call(same),
      call(randomUUID()),
    ])
    await eventually('the event to fire', async () => {
      const { items } = await api.must('GET', `/campaigns/${id}/firings`)
      return items.some(({ type }: { type: string }) => type === 'event')
    })
    await firingsEnded(arena, id)
    const { rows } = await sql<{ theirs: number; all: number }>`
      select count(*) filter (where u.email = ${email}) as theirs, count(*) as all
      from run r join customer u on u.id = r.customer_id where r.campaign_id = ${id}
    `.execute(db)
    return [
      ...(codes.every((code) => code === 200 || code === 202) ? [] : [`calls were answered ${codes}`]),
      ...(rows[0]?.theirs === 1 && rows[0].all === arena.customers ? [] : [`runs ${JSON.stringify(rows[0])}`]),
      ...(await breaches(arena, id)),
    ]
  },

  async 'activate twice'(arena) {
    const id = await draft(arena, waitingFlow())
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => arena.api.call('POST', `/campaigns/${id}/activate`, { enroll: 'now' })),
    )
    const firings = await firingsEnded(arena, id)
    const codes = answers.map(({ status }) => status).sort()
    return [
      ...(String(codes) === '200,409,409,409' ? [] : [`answers ${codes}`]),
      ...(firings.length === 1 && firings[0]?.enrolled === arena.customers
        ? []
        : [`firings ${JSON.stringify(firings)}`]),
      ...(await breaches(arena, id)),
    ]
  },

  async 'pause while all are due'(arena) {
    const id = await active(arena, mailFlow(arena.sandbox), 'now')
    await begun(arena, id, 'steps')
    await arena.api.must('POST', `/campaigns/${id}/pause`)
    const wrong = await goesOn(arena, id)
    const during = await breaches(arena, id)
    await arena.api.must('POST', `/campaigns/${id}/resume`)
    const firings = await firingsEnded(arena, id)
    await allEnded(arena, id)
    const enrolled = firings.reduce((sum, firing) => sum + firing.enrolled, 0)
    const { handed } = await standing(arena, id)
    return [
      ...wrong,
      ...during,
      ...(enrolled === arena.customers && handed === arena.customers ? [] : [`${enrolled} enrolled, ${handed} sent`]),
      ...(await breaches(arena, id)),
    ]
  },

  async 'archive while sending'(arena) {
    const id = await active(arena, mailFlow(arena.sandbox), 'now')
    await begun(arena, id, 'handed')
    await arena.api.must('POST', `/campaigns/${id}/archive`)
    const wrong = await goesOn(arena, id)
    await allEnded(arena, id)
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from message where campaign_id = ${id} and state in ('queued', 'claimed', 'handing')
    `.execute(arena.db)
    const waiting = rows[0]?.n ?? 0
    return [...wrong, ...(waiting > 0 ? [`${waiting} messages wait for ever`] : []), ...(await breaches(arena, id))]
  },

  async 're-enroll while inside'(arena) {
    const { api, db } = arena
    const id = await active(arena, waitingFlow(), 'now')
    await firingsEnded(arena, id)
    // Every other one has ended, as a workflow would end them.
    await sql`
      with ended as (
        update run r set status = 'succeeded', reason = 'exit', finished_at = now(), wake_at = null, awaiting = null
        from segment_member s where s.segment_id = ${arena.half} and s.customer_id = r.customer_id and r.campaign_id = ${id} and r.finished_at is null
        returning r.workspace_id
      )
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select workspace_id, ${id}::uuid, 'ended', 'succeeded:exit', count(*) from ended group by 1
    `.execute(db)
    const before = await sql<{
      n: number
    }>`select count(*) as n from run where campaign_id = ${id} and finished_at is not null`.execute(db)
    const outcome = { outcome: { status: 'succeeded' } }
    await Promise.all([
      api.must('POST', `/campaigns/${id}/re-enroll`, outcome),
      api.must('POST', `/campaigns/${id}/run`),
      api.must('POST', `/campaigns/${id}/re-enroll`, outcome),
      api.must('POST', `/campaigns/${id}/re-enroll`, outcome),
    ])
    await firingsEnded(arena, id)
    const again = await sql<{
      n: number
    }>`select count(*) as n from run where campaign_id = ${id} and entry = 2`.execute(db)
    return [
      ...(again.rows[0]?.n === before.rows[0]?.n ? [] : [`${again.rows[0]?.n} of ${before.rows[0]?.n} entered again`]),
      ...(await breaches(arena, id)),
    ]
  },

  async 'edit the audience while enrolling'(arena) {
    const { api, db, half } = arena
    const id = await active(arena, waitingFlow(), 'keep')
    await api.must('PATCH', `/campaigns/${id}`, { audience: { type: 'segment', segmentId: half } })
    const outside = async () => {
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from run r where r.campaign_id = ${id}
          and not exists (select from segment_member s where s.segment_id = ${half} and s.customer_id = r.customer_id)
      `.execute(db)
      return rows[0]?.n ?? 0
    }
    const atAnswer = await outside()
    await firingsEnded(arena, id)
    const later = await outside()
    const { runs } = await standing(arena, id)
    const inside = Math.floor(arena.customers / 2)
    return [
      ...(later === atAnswer ? [] : [`${later - atAnswer} of the old audience enrolled after the answer`]),
      ...(runs - later === inside ? [] : [`${runs - later} of the new audience's ${inside} enrolled`]),
      ...(await breaches(arena, id)),
    ]
  },
}

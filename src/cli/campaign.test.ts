import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeDraft, runsOf } from '../../test/campaign.ts'
import { runCommand } from '../../test/program.ts'
import { sql } from '../db/database.ts'

// The program's own commands, beside a running server with its loops.
let test: TestApp
let env: Record<string, string>
beforeAll(async () => {
  test = await startTestApp({ loops: true })
  env = { DATABASE_URL: test.database.url, DATA_DIR: test.app.env.dataDir }
})
afterAll(() => test.close())

const campaign = async (...args: string[]) => {
  const { code, stdout, stderr } = await runCommand(['campaign', ...args, '--json'], env)
  return { code, stderr, body: JSON.parse(stdout) }
}

describe('campaign', () => {
  it('carries a campaign through its life, by name, with the rules and the audit log of the API', {
    timeout: 180_000,
  }, async () => {
    const customers = await addCustomers(test, 3)
    const id = await makeDraft(test, { name: 'From the shell' })
    expect((await campaign('activate', 'from the shell', '--enroll', 'none')).body).toMatchObject({
      id,
      status: 'active',
    })
    expect((await campaign('run', id, '--wait')).body).toMatchObject({
      status: 'done',
      matched: 3,
      enrolled: 3,
      by: 'cli',
    })
    expect((await campaign('pause', id)).body).toMatchObject({ status: 'paused', inHand: 0 })
    const refused = await campaign('run', id)
    expect([refused.code, refused.body.error.code]).toEqual([1, 'wrong_state'])
    await sql`update run set wake_at = now() - interval '1 hour' where campaign_id = ${id}`.execute(test.app.db)
    await sql`update campaign set paused_at = paused_at - interval '2 hours' where id = ${id}`.execute(test.app.db)
    expect((await campaign('show', id)).body).toMatchObject({
      counts: { inside: 3 },
      resumePreview: { overdue: 3, atOnce: { keep: 0, continue: 3 } },
      completePreview: { inside: 3, last: { atLeast: false } },
    })
    expect((await campaign('resume', id, '--waits', 'continue', '--spread-hours', '2')).body).toMatchObject({
      status: 'active',
      spread: { total: 3 },
    })
    expect((await campaign('complete', id)).body.status).toBe('completed')
    expect((await campaign('reopen', id)).body.status).toBe('active')
    const asked = await campaign('archive', id)
    expect([asked.code, asked.body.error.message]).toEqual([
      1,
      expect.stringMatching(/^\d customers? inside would stop/),
    ])
    expect((await campaign('archive', id, '--yes')).body.status).toBe('archived')
    const copy = (await campaign('duplicate', id)).body
    expect(copy).toMatchObject({ name: 'From the shell (copy)', status: 'draft', audience: null })
    expect((await campaign('list', '--status', 'draft')).body.items.map((one: { id: string }) => one.id)).toEqual([
      copy.id,
    ])
    const { rows } = await sql<{ actor: string; action: string }>`
      select actor, action from audit_log where object_id = ${id} and actor = 'cli' order by id
    `.execute(test.app.db)
    expect(rows.map(({ action }) => action)).toEqual(
      ['activated', 'run', 'paused', 'resumed', 'completed', 'reopened', 'archived'].map((deed) => `campaign.${deed}`),
    )
    expect(await runsOf(test.app, id)).toHaveLength(customers.length)
  })

  it('enrolls and re-enrolls customers by email, and says what is wrong in one line', {
    timeout: 180_000,
  }, async () => {
    const id = await makeDraft(test, { name: 'By hand' })
    await campaign('activate', id, '--enroll', 'none')
    const [customer = ''] = await addCustomers(test, 1)
    const { rows } = await sql<{ email: string }>`select email from customer where id = ${customer}`.execute(
      test.app.db,
    )
    const email = rows[0]?.email ?? ''
    expect((await campaign('enroll', id, email.toUpperCase(), '--wait')).body).toMatchObject({ enrolled: 1 })
    await sql`
      update run set status = 'canceled', reason = 'cooldown', finished_at = now(), wake_at = null where campaign_id = ${id}
    `.execute(test.app.db)
    const again = await campaign('re-enroll', id, '--status', 'canceled', '--reason', 'cooldown', '--wait')
    expect(again.body).toMatchObject({ matched: 1, enrolled: 1 })
    expect((await runsOf(test.app, id)).map(({ entry }) => entry)).toEqual([1, 2])
    for (const [args, message] of [
      [['enroll', id, 'nobody@example.com'], 'There is no customer nobody@example.com.'],
      [['show', 'No such'], 'There is no campaign “No such”. Try: throughline campaign list'],
      [['re-enroll', id], 'Name customers, or say how they ended: --status succeeded|canceled|failed.'],
      [['resume', id, '--spread-hours', 'soon'], '--spread-hours takes a number.'],
    ] as const) {
      const answer = await campaign(...args)
      expect([answer.code, answer.body.error.message]).toEqual([1, message])
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, runsOf, settle } from '../../test/campaign.ts'
import { chain, done, hour, node, publishingOf, start, wait, without } from '../../test/publishing.ts'
import { sql } from '../db/database.ts'
import { followRemoved } from './leaving-sql.ts'

let test: TestApp
let customers: string[]
beforeAll(async () => {
  test = await startTestApp()
  customers = await addCustomers(test, 4)
})
afterAll(() => test.close())

const { campaignOf, changesOf, email, expectCountsToAddUp, inside, publish, put, runOf } = publishingOf(
  () => test,
  () => customers,
)

describe('whoever stands on a removed node', () => {
  it('finishes on the old version by default, and history says so', async () => {
    const id = await inside(2)
    const { wakeAt } = await runOf(id)
    await put(id, chain(start, done))
    expect((await publish(id)).body).toMatchObject({
      removed: { 'wait-1': { action: 'finish', target: null, here: 2 }, 'tag-1': { action: 'finish', here: 0 } },
      finish: 2,
      move: 0,
      exit: 0,
      done: true,
    })
    expect(await runOf(id)).toMatchObject({ version: 1, nodeId: 'wait-1', wakeAt })
    await sql`update run set wake_at = now() where campaign_id = ${id}`.execute(test.app.db)
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'succeeded', version: 1 })
    expect(run.steps.map((step: Record<string, string>) => [step.nodeId, step.title])).toEqual([
      ['start', 'start'],
      ['wait-1', 'wait-1'],
      ['tag-1', 'tag-1'],
      ['done', 'done'],
    ])
    await expectCountsToAddUp(id)
  })

  it('moves to the chosen node, with a step for the one that was left', async () => {
    const id = await inside(2)
    await put(id, chain(start, wait('wait-2', 5 * hour), done))
    const removed = { 'wait-1': { action: 'move', target: 'wait-2' } }
    expect((await publish(id, { removed })).body).toMatchObject({ finish: 0, move: 2, exit: 0, done: true })
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'running', nodeId: 'wait-2', version: 2, now: { text: 'Waits at “wait-2”.' } })
    expect(Math.round((Date.parse(run.wakeAt) - Date.now()) / hour)).toBe(5)
    expect(run.steps).toMatchObject([
      { seq: 1, nodeId: 'start', title: 'start' },
      {
        seq: 2,
        nodeId: 'wait-1',
        title: 'wait-1',
        type: 'wait',
        label: 'moved',
        why: {
          code: 'moved_by_publish',
          text: 'Version 2 removed “wait-1”; whoever stood there was moved to “wait-2”.',
        },
      },
    ])
    await expectCountsToAddUp(id)
  })

  it('exits', async () => {
    const id = await inside(2)
    await put(id, without)
    expect((await publish(id, { removed: { 'wait-1': { action: 'exit' } } })).body).toMatchObject({
      exit: 2,
      done: true,
    })
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'removed', now: null, nodeId: 'wait-1' })
    expect(await campaignOf(id)).toMatchObject({ counts: { inside: 0, finished: 2 } })
    const { rows } = await sql<{ name: string }>`
      select name from event where campaign_id = ${id} and name = 'run.finished' and properties ->> 'reason' = 'removed'
    `.execute(test.app.db)
    expect(rows).toHaveLength(2)
    await expectCountsToAddUp(id)
  })

  it('may follow a choice for each of several nodes', async () => {
    const split = {
      nodes: [
        start,
        node('split', 'conditional-split', {
          branches: ['a', 'b', 'rest'].map((id) => ({ id, label: id, ...(id === 'rest' && { default: true }) })),
        }),
        ...['a', 'b'].map((id) =>
          node(`path-${id}`, 'path', {
            rules: [{ input: 'customer.firstName', condition: 'equals', value: id }],
            match: 'all',
          }),
        ),
        node('path-rest', 'path', { rules: [], match: 'all' }),
        ...['a', 'b', 'rest'].map((id) => wait(`wait-${id}`)),
        done,
      ],
      edges: [
        { source: 'start', target: 'split' },
        ...['a', 'b', 'rest'].flatMap((id) => [
          { source: 'split', target: `path-${id}`, when: id },
          { source: `path-${id}`, target: `wait-${id}` },
          { source: `wait-${id}`, target: 'done' },
        ]),
      ],
    }
    await sql`update customer set first_name = case id when ${customers[0]} then 'a' when ${customers[1]} then 'b' else 'c' end`.execute(
      test.app.db,
    )
    const id = await inside(3, split)
    await put(id, chain(start, wait('wait-new'), done))
    const removed = { 'wait-a': { action: 'exit' }, 'wait-b': { action: 'move', target: 'wait-new' } }
    expect((await publish(id, { removed })).body).toMatchObject({ finish: 1, move: 1, exit: 1, done: true })
    expect((await runsOf(test.app, id)).map(({ node_id, status, reason }) => [node_id, status, reason]).sort()).toEqual(
      [
        ['wait-a', 'canceled', 'removed'],
        ['wait-new', 'running', null],
        ['wait-rest', 'running', null],
      ],
    )
    await expectCountsToAddUp(id)
  })

  it('has the message taken back that was not handed over, unless it finishes', async () => {
    const mail = await email('mail-1')
    const expected = { finish: ['queued', null], move: ['skipped', 'withdrawn'], exit: ['skipped', 'withdrawn'] }
    for (const [action, message] of Object.entries(expected)) {
      const id = await inside(1, chain(start, mail, done))
      await put(id, chain(start, wait('wait-1'), done))
      const choice = { action, ...(action === 'move' && { target: 'wait-1' }) }
      const answer = await publish(id, { removed: { 'mail-1': choice } })
      expect([action, answer.status]).toEqual([action, 200])
      const { rows } = await sql<{ state: string; reason: string | null }>`
        select state, reason from message where campaign_id = ${id}
      `.execute(test.app.db)
      expect([action, rows.map(({ state, reason }) => [state, reason])]).toEqual([action, [message]])
    }
  })

  it('is on a removed node, too, when the same id has another type', async () => {
    const id = await inside(1)
    await put(id, chain(start, node('wait-1', 'add-tag', { name: 'now' }), wait('wait-2'), done))
    const { changes } = await changesOf(id)
    expect(changes.filter(({ nodeId }: { nodeId?: string }) => nodeId === 'wait-1')).toMatchObject([
      { kind: 'removed', type: 'wait', here: 1 },
      { kind: 'added', type: 'add-tag', here: 0 },
    ])
    expect((await publish(id)).body).toMatchObject({ finish: 1 })
    await sql`update run set wake_at = now() where campaign_id = ${id}`.execute(test.app.db)
    await settle(test.app)
    const run = await runOf(id)
    expect(run).toMatchObject({ status: 'succeeded', version: 1 })
    expect(run.steps.map((step: { type: string }) => step.type)).toEqual(['trigger', 'wait', 'add-tag', 'exit'])
  })

  it('arrives on the campaign’s clock when it is paused, and goes on with the resume', async () => {
    const id = await inside(1)
    await test.request('POST', `/campaigns/${id}/pause`)
    await put(id, chain(start, node('tag-9', 'add-tag', { name: 'moved' }), done))
    expect((await publish(id, { removed: { 'wait-1': { action: 'move', target: 'tag-9' } } })).body).toMatchObject({
      move: 1,
    })
    await settle(test.app)
    expect(await runOf(id)).toMatchObject({ nodeId: 'tag-9', status: 'running' })
    await test.request('POST', `/campaigns/${id}/resume`)
    await settle(test.app)
    expect(await runOf(id)).toMatchObject({ status: 'succeeded', version: 2 })
  })

  it('cannot be moved to a step that is not there, or be told anything where no step is removed', async () => {
    const id = await inside(1)
    await put(id, without)
    const refused = async (removed: unknown) => {
      const { status, body } = await publish(id, { removed })
      return [status, body.errors[0].path, body.errors[0].code]
    }
    expect(await refused({ 'wait-1': { action: 'move', target: 'nowhere' } })).toEqual([
      422,
      'removed.wait-1.target',
      'unknown_node',
    ])
    expect(await refused({ 'tag-1': { action: 'exit' } })).toEqual([422, 'removed.tag-1', 'not_removed'])
    expect((await refused({ 'wait-1': { action: 'move' } }))[0]).toBe(422)
    expect((await campaignOf(id)).workflowVersion).toBe(1)
  })
})

describe('a publish that is cut off', () => {
  /** As if the program had ended right after the publish: the choice is on the campaign's row, and nobody has followed it. */
  async function cutOff(choice: 'move' | 'exit', first = wait('wait-1', 3_600)): Promise<string> {
    const id = await inside(3, chain(start, first, node('tag-1', 'add-tag', { name: 'late' }), done))
    await put(id, chain(start, wait('wait-2'), done))
    await test.request('POST', `/campaigns/${id}/pause`)
    await publish(id)
    const leaving = {
      'wait-1': {
        action: choice,
        target: choice === 'move' ? 'wait-2' : null,
        retyped: false,
        why: { code: 'moved_by_publish', text: 'Moved.' },
      },
    }
    await sql`
      update campaign set leaving = jsonb_set(${JSON.stringify(leaving)}::jsonb, '{wait-1,versionId}',
        (select to_jsonb(id) from workflow_version where campaign_id = ${id} and number = 1)), leaving_cursor = null where id = ${id}
    `.execute(test.app.db)
    await sql`update run set version_id = null, wake_at = now() - interval '1 minute' where campaign_id = ${id}`.execute(
      test.app.db,
    )
    await test.request('POST', `/campaigns/${id}/resume`, { body: { waits: 'continue' } })
    return id
  }

  it('lets nobody go on until all have followed, and then everybody', async () => {
    for (const choice of ['move', 'exit'] as const) {
      const id = await cutOff(choice)
      await settle(test.app)
      expect(await runOf(id)).toMatchObject({ nodeId: 'wait-1', status: 'running', version: 1 })
      expect(await publishAgain(id)).toMatchObject({ status: 409, body: { code: 'wrong_state' } })
      await test.drain()
      expect(await runOf(id)).toMatchObject(
        choice === 'move'
          ? { nodeId: 'wait-2', status: 'running', version: 2 }
          : { status: 'canceled', reason: 'removed' },
      )
      await expectCountsToAddUp(id)
    }
  })

  it('hands over nothing of the node that was left, although delivery looks first', async () => {
    const id = await cutOff('exit', await email('wait-1'))
    await test.drain()
    const { rows } = await sql<{ state: string }>`select state from message where campaign_id = ${id}`.execute(
      test.app.db,
    )
    expect(rows).toEqual([{ state: 'skipped' }, { state: 'skipped' }, { state: 'skipped' }])
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'removed' })
  })

  const publishAgain = async (id: string) => {
    await put(id, chain(start, wait('wait-2', 7 * hour), done))
    return await publish(id)
  }

  it('ends with the campaign when that is archived', async () => {
    const id = await cutOff('move')
    await test.request('POST', `/campaigns/${id}/archive`)
    await test.drain()
    const { rows } = await sql<{ leaving: unknown }>`select leaving from campaign where id = ${id}`.execute(test.app.db)
    expect(rows).toEqual([{ leaving: null }])
    expect(await runOf(id)).toMatchObject({ status: 'canceled', reason: 'archived' })
    await expectCountsToAddUp(id)
  })

  it('is followed once, by however many workers at once', async () => {
    const id = await cutOff('move')
    await Promise.all(Array.from({ length: 4 }, () => followRemoved(test.app.db, id)))
    const run = await runOf(id)
    expect(run.steps.filter((step: { label: string }) => step.label === 'moved')).toHaveLength(1)
    await expectCountsToAddUp(id)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/database.ts'
import { listen, type Notice } from './listen.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ migrated: false })
})
afterAll(() => database.close())

const listeners = `select pid from pg_stat_activity where datname = current_database() and application_name like '%listen'`

describe('listen', () => {
  it('hears its channels from ready on, and nothing else', async () => {
    const heard: Notice[] = []
    const listener = listen(database.config, ['one', 'Two words'], (notice) => heard.push(notice))
    await listener.ready
    await database.pool.query(`select pg_notify('other', 'x'), pg_notify('one', 'a'), pg_notify('Two words', '')`)
    await expect
      .poll(() => heard)
      .toEqual([
        { kind: 'notification', channel: 'one', payload: 'a' },
        { kind: 'notification', channel: 'Two words', payload: '' },
      ])
    await listener.close()
    expect((await database.pool.query(listeners)).rowCount).toBe(0)
  })

  it('reconnects when its connection is cut, says so once, and hears again', async () => {
    const heard: Notice[] = []
    const listener = listen(database.config, ['one'], (notice) => heard.push(notice))
    await listener.ready
    await database.pool.query(`select pg_terminate_backend(pid) from (${listeners}) l`)
    await expect.poll(() => heard).toEqual([{ kind: 'reconnected' }])
    await database.pool.query(`notify one, 'after'`)
    await expect
      .poll(() => heard)
      .toEqual([{ kind: 'reconnected' }, { kind: 'notification', channel: 'one', payload: 'after' }])
    await listener.close()
  })

  it('closes while it cannot connect at all', async () => {
    const listener = listen({ host: '127.0.0.1', port: 1 }, ['one'], () => undefined)
    await listener.close()
  })
})

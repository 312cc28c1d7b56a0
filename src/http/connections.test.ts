import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'

describe('the caller’s address', () => {
  const ipOf = async (app: TestApp) => {
    await app.request('POST', '/workspace/stop-sending', {
      body: { on: true },
      headers: { 'x-forwarded-for': '1.2.3.4, 5.6.7.8' },
    })
    return (await app.request('GET', '/audit-log?action=sending.stopped')).body.items[0].ip
  }

  it('is the socket’s, unless as many proxies as TRUST_PROXY says stand before us', async () => {
    await using none = await startTestApp()
    expect(await ipOf(none)).toBe('127.0.0.1')
    await using one = await startTestApp({ env: { TRUST_PROXY: '1' } })
    expect(await ipOf(one)).toBe('5.6.7.8')
    await using two = await startTestApp({ env: { TRUST_PROXY: '2' } })
    expect(await ipOf(two)).toBe('1.2.3.4')
  })
})

it('stops although a client holds a connection that it never used', async () => {
  const own = await startTestApp()
  const { hostname, port } = new URL(own.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  const cut = once(socket, 'close')
  await own.close()
  await cut
})

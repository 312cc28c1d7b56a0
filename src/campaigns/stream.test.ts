import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive, makeDraft, settle } from '../../test/campaign.ts'
import { watchCampaign } from './live.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp()
})
afterAll(() => test.close())

describe('the stream of a campaign', () => {
  it('is server-sent events that begin with the counts as the rows say', async () => {
    const people = await addCustomers(test, 3)
    const id = await makeActive(test, { audience: { type: 'list', customerIds: people }, enroll: 'now' })
    await settle(test.app)
    const leaving = new AbortController()
    const answer = await fetch(`${test.url}/api/v1/stream?campaign=${id}`, {
      headers: { authorization: `Bearer ${test.memberKey}` },
      signal: leaving.signal,
    })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!/event: firing\ndata: .*\n\n/.test(text)) text += (await reader?.read())?.value ?? ''
    leaving.abort()
    const data = (event: string) => JSON.parse(new RegExp(`event: ${event}\\ndata: (.*)\\n`).exec(text)?.[1] ?? '{}')
    expect(data('counts')).toEqual({
      campaignId: id,
      status: 'active',
      inside: 3,
      finished: 0,
      sent: 0,
      replied: 0,
      here: { 'wait-1': { count: 3, failing: 0 } },
    })
    expect(data('firing')).toMatchObject({ campaignId: id, status: 'done', enrolled: 3 })
  })

  it('tells what changed, nothing twice, and ends with the listener', async () => {
    const people = await addCustomers(test, 2)
    const id = await makeActive(test, { audience: { type: 'list', customerIds: people } })
    const leaving = new AbortController()
    const stream = watchCampaign(test.app.db, test.workspaceId, id, leaving.signal, 20)
    const next = async () => (await stream.next()).value as { event: string; data: Record<string, unknown> }
    expect(await next()).toMatchObject({ event: 'counts', data: { inside: 0, here: {} } })
    const waited = next()
    await test.request('POST', `/campaigns/${id}/run`)
    await settle(test.app)
    const seen = [await waited]
    while (
      !(
        seen.some(({ event }) => event === 'firing') &&
        seen.some(({ event, data }) => event === 'counts' && 'wait-1' in (data.here as object))
      )
    ) {
      seen.push(await next())
    }
    const texts = seen.map((event) => JSON.stringify(event))
    expect(new Set(texts).size).toBe(texts.length)
    leaving.abort()
    for await (const _ of stream);
  })

  it('tells who has the campaign open and at which node, until they leave, and each version of the draft with its author', async () => {
    const id = await makeDraft(test)
    const leaving = new AbortController()
    const stream = watchCampaign(test.app.db, test.workspaceId, id, leaving.signal, 20)
    const nextOf = async (event: string) => {
      for (;;) {
        const told = (await stream.next()).value as { event: string; data: Record<string, unknown> }
        if (told.event === event) return told.data
      }
    }
    const { version } = (await nextOf('draft')) as { version: number }
    expect(await nextOf('presence')).toEqual({ campaignId: id, items: [] })
    const headers = { cookie: test.owner.cookie, origin: test.url }
    const tab = crypto.randomUUID()
    const say = (body: unknown) =>
      test.request('POST', `/campaigns/${id}/presence`, { key: null, headers, body: { tab, ...(body as object) } })
    expect((await say({ nodeId: 'wait-1' })).status).toBe(204)
    expect(await nextOf('presence')).toMatchObject({
      items: [{ tab, memberId: test.owner.memberId, nodeId: 'wait-1' }],
    })
    await say({ left: true })
    expect(await nextOf('presence')).toMatchObject({ items: [] })
    const workflow = (await test.request('GET', `/campaigns/${id}/workflow`)).body
    await test.request('PUT', `/campaigns/${id}/workflow`, { key: null, headers, body: workflow })
    expect(await nextOf('draft')).toMatchObject({
      campaignId: id,
      version: version + 1,
      by: `member:${test.owner.memberId}`,
      byName: expect.any(String),
    })
    leaving.abort()
    const foreign = await test.request('POST', `/campaigns/${id}/presence`, {
      key: test.otherWorkspace.adminKey,
      body: { tab },
    })
    expect(foreign.status).toBe(404)
  })

  it('is refused for a campaign of another workspace', async () => {
    const id = await makeActive(test)
    const answer = await test.request('GET', `/stream?campaign=${id}`, { key: test.otherWorkspace.adminKey })
    expect(answer.status).toBe(404)
  })
})

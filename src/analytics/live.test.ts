import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../test/app.ts'
import { addCustomers, makeActive } from '../../test/campaign.ts'
import { eventually } from '../../test/client.ts'
import { splitFlow } from '../../test/split-flow.ts'

let test: TestApp
beforeAll(async () => {
  test = await startTestApp({ loops: true })
})
afterAll(() => test.close())

/** Far above what it takes, and far below how long a loop sleeps that nobody wakes. */
const patienceMs = 25_000

it('follows what happens: a number changes, the stream tells it, and no one has to ask for a count', async () => {
  const { body: credentials } = await test.request('GET', '/credentials')
  const sandbox = credentials.items.find((item: { type: string }) => item.type === 'sandbox').id
  await addCustomers(test, 3)
  const id = await makeActive(test, { flow: splitFlow(sandbox), enroll: 'now' })
  const count = async (stage: string): Promise<number> => {
    const { body } = await test.request('GET', `/campaigns/${id}/analytics`)
    return body.funnel.find((row: { stage: string }) => row.stage === stage).count
  }
  const becomes = (stage: string, n: number) =>
    eventually(`${n} ${stage}`, async () => (await count(stage)) === n, patienceMs)
  await becomes('sent', 3)
  const leaving = new AbortController()
  const stream = await fetch(`${test.url}/api/v1/stream?campaign=${id}`, {
    headers: { authorization: `Bearer ${test.memberKey}` },
    signal: leaving.signal,
  })
  const told = stream.body?.pipeThrough(new TextDecoderStream()).getReader()

  const { body: mailbox } = await test.request('GET', '/sandbox/messages')
  await test.request('POST', `/sandbox/messages/${mailbox.items[0].id}/reply`, { body: { text: 'Yes' } })
  await becomes('replied', 1)
  let text = ''
  while (!/"replied":1/.test(text)) text += (await told?.read())?.value ?? ''
  leaving.abort()
  // What comes when the passage is over counts, too.
  await becomes('handoff', 1)
  await test.request('POST', `/sandbox/messages/${mailbox.items[0].id}/bounce`, { body: {} })
  await becomes('delivered', 2)
  expect(await count('enrolled')).toBe(3)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApp, type TestApp } from '../../../test/app.ts'
import { addCustomers, makeActive } from '../../../test/campaign.ts'
import { execute } from '../../../test/node-step.ts'
import updateCustomer from './update-customer.ts'

const scope = { trigger: { payload: { plan: 'pro', seats: 12, list: ['a', 'b'] } } }
const set = (field: string, value?: string) => execute(updateCustomer, { config: { field, value }, scope })

describe('on its own', () => {
  it.each([
    ['country', ' VN ', 'VN'],
    ['attributes.plan', 'The {{trigger.payload.plan}}', 'The pro'],
    ['attributes.plan', '{{trigger.payload.plan}}', 'pro'],
    ['attributes.seats', '{{trigger.payload.seats}}', 12],
    ['attributes.list', '{{ trigger.payload.list }}', ['a', 'b']],
    ['attributes.seats', '12', '12'],
    ['attributes.gone', '{{trigger.payload.nothing}}', null],
    ['lastName', undefined, null],
    ['timezone', 'Asia/Ho_Chi_Minh', 'Asia/Ho_Chi_Minh'],
  ])('sets %s to what “%s” gives', (field, template, value) => {
    expect(set(field, template)).toMatchObject({
      is: 'next',
      output: { updated: true },
      effects: [{ do: 'update-customer', field, value }],
    })
  })

  it.each([
    ['phone', ''],
    ['timezone', 'Narnia/Cair'],
    ['linkedinUrl', 'javascript:alert(1)'],
    ['firstName', 'x'.repeat(501)],
  ])('leaves %s alone for “%s”, and says why', (field, value) => {
    const outcome = set(field, value)
    expect(outcome).toMatchObject({ is: 'next', output: { updated: false, value: null }, effects: [] })
    expect(outcome).toMatchObject({ why: { code: 'not_updated', text: expect.stringContaining('.') } })
  })

  it.each(['email', 'externalId', 'trackingConsent', 'tags', 'attributes', 'attributes.', 'attributes.a.b', 'x'])(
    'refuses the field “%s”',
    (field) => {
      expect(updateCustomer.config.safeParse({ field, value: 'x' }).success).toBe(false)
    },
  )
})

describe('in a campaign', () => {
  let test: TestApp
  beforeAll(async () => {
    test = await startTestApp()
  })
  afterAll(() => test.close())

  /** Sends customers through these settings, one after the other, and then a split on what they made. */
  async function walk(customers: string[], settings: { field: string; value?: string }[]) {
    const ids = settings.map((_, index) => `set-${index}`)
    const chain = ['start', ...ids, 'task', 'exit']
    const flow = {
      nodes: [
        { id: 'start', type: 'trigger', title: '', config: {} },
        ...settings.map((config, index) => ({ id: `set-${index}`, type: 'update-customer', title: '', config })),
        {
          id: 'task',
          type: 'create-task',
          title: '',
          config: { title: '{{customer.country}} {{customer.attributes.plan}}' },
        },
        { id: 'exit', type: 'exit', title: '', config: {} },
      ],
      edges: chain.slice(1).map((target, index) => ({ id: `e${index}`, source: chain[index], target, when: null })),
    }
    await makeActive(test, { audience: { type: 'list', customerIds: customers }, flow, enroll: 'now' })
    await test.drain()
  }
  const eventsOf = async (id: string | undefined) =>
    (
      await test.database.pool.query(
        `select properties from event where customer_id = $1 and name = 'customer.updated' order by id`,
        [id],
      )
    ).rows.map(({ properties }) => properties)

  it('changes the customer, records what changed, and lets later steps see it', async () => {
    const [id = '', other = ''] = await addCustomers(test, 2)
    await test.request('PATCH', `/customers/${id}`, {
      body: { lastName: 'Old', attributes: { keep: 1, plan: 'free', gone: true } },
    })
    const before = (await eventsOf(id)).length
    await walk(
      [id, other],
      [
        { field: 'country', value: 'VN' },
        { field: 'country', value: 'US' },
        { field: 'attributes.plan', value: 'pro' },
        { field: 'attributes.gone' },
        { field: 'lastName' },
        { field: 'attributes.keep', value: '{{customer.attributes.keep}}' },
      ],
    )
    const { body } = await test.request('GET', `/customers/${id}`)
    expect(body).toMatchObject({ country: 'US', lastName: null, attributes: { keep: 1, plan: 'pro' } })
    expect(body.attributes).not.toHaveProperty('gone')
    const recorded = (await eventsOf(id)).slice(before).map(({ fields }) => fields[0])
    expect(recorded.sort()).toEqual(['attributes', 'attributes', 'country', 'country', 'lastName'])
    expect((await test.request('GET', `/tasks?customerId=${id}`)).body.items).toMatchObject([{ title: 'US pro' }])
    expect((await test.request('GET', `/customers/${other}`)).body).toMatchObject({
      country: 'US',
      attributes: { plan: 'pro' },
    })
  })

  it('writes and records nothing when the customer has the value already', async () => {
    const [id = ''] = await addCustomers(test, 1)
    await test.request('PATCH', `/customers/${id}`, { body: { country: 'VN', attributes: { plan: 'pro' } } })
    const { version } = (await test.request('GET', `/customers/${id}`)).body
    const before = await eventsOf(id)
    await walk(
      [id],
      [{ field: 'country', value: 'VN' }, { field: 'attributes.plan', value: 'pro' }, { field: 'attributes.none' }],
    )
    expect((await test.request('GET', `/customers/${id}`)).body.version).toBe(version)
    expect(await eventsOf(id)).toEqual(before)
  })
})

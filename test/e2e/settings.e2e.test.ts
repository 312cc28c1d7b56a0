import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TestApp } from '../app.ts'
import { addCustomers, makeActive, makeDraft, settle } from '../campaign.ts'
import { type DnsServer, startDnsServer } from '../dns-server.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'
import { describeInBrowser, expectAccessible, openPage, portray, portrayFailure } from './browser.ts'
import { openContext, type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Settings (UX §4.12), with what a workspace has after some months. */
describeInBrowser('settings', () => {
  let signedIn: SignedInApp
  let app: TestApp
  let page: Page
  let faults: string[]
  let sink: SmtpSink
  let dns: DnsServer
  let sender: string

  const smtp = (change: Record<string, unknown> = {}) => ({
    ...{ type: 'smtp', name: 'Sales mail', host: '127.0.0.1', port: sink.port, encryption: 'none' },
    ...{ username: 'relay', password: 'right', senderName: 'Linh from Acme', senderEmail: 'linh@acme.example' },
    ...change,
  })
  const make = async (path: string, body: unknown) =>
    (await app.request('POST', path, { body, key: app.ownerKey })).body

  beforeAll(async () => {
    sink = await startSmtpSink({ user: 'relay', password: 'right' })
    dns = await startDnsServer()
    const env = { ALLOW_PRIVATE_HOSTS: `127.0.0.1:${sink.port}`, DNS_SERVERS: dns.address }
    signedIn = await startSignedInApp({ env })
    ;({ app, page } = signedIn)
    for (const [name, role] of [
      ['Sara Novak', 'admin'],
      ['Linh Trần', 'member'],
      ['Zoë O’Neill', 'member'],
    ]) {
      const email = `${name?.split(' ')[0]?.toLowerCase()}@acme.example`.normalize('NFD').replaceAll(/[^\w@.]/g, '')
      const { link } = await make('/invitations', { email, role })
      const joining = { token: String(link).split('#token=')[1], password: 'a long enough one', name }
      await app.request('POST', '/auth/accept-invite', { body: joining, key: null })
    }
    await make('/invitations', { email: 'new@acme.example', role: 'member' })
    const credential = await make('/credentials', smtp({ limits: { perSecond: 2, perDay: 400 } }))
    sender = credential.id
    await make(`/credentials/${sender}/test`, {})
    const refused = await make('/credentials', smtp({ name: 'Old relay', password: 'wrong' }))
    await make(`/credentials/${refused.id}/test`, {})
    await make('/credentials', { type: 'linkedin', name: 'Owner on LinkedIn', memberId: app.owner.memberId })
    await app.database.pool.query(
      `insert into credential_bucket (credential_id, period, tokens, refilled_at) values ($1, 'day', 88, now())`,
      [sender],
    )
    const customerIds = await addCustomers(app, 4)
    const stop = {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'mail', type: 'email-send', title: 'Hello', config: { credentialId: sender, subject: 'Hi', body: 'Hi' } },
      ],
      edges: [],
    }
    await makeDraft(app, { name: 'Q3 outreach', flow: stop })
    const sunset = {
      nodes: [
        { id: 'start', type: 'trigger', title: 'Start', config: {} },
        { id: 'stop', type: 'exit-suppress', title: 'Stop', config: { reason: 'manual', channel: 'email' } },
      ],
      edges: [{ id: 'e', source: 'start', target: 'stop', when: null }],
    }
    await makeActive(app, { name: 'Sunset', enroll: 'now', audience: { type: 'list', customerIds }, flow: sunset })
    await settle(app.app)
    for (const reason of ['unsubscribe', 'bounce', 'complaint']) {
      const emails = Array.from({ length: 9 }, (_, index) => `${reason}-${index}@example.com`)
      await make('/suppressions/batch', { emails, reason })
    }
    await app.request('PATCH', '/workspace', {
      body: { postalAddress: '1 Main Street\n10115 Berlin', frequencyCapPerDay: 3 },
    })
  }, 120_000)
  afterAll(async () => {
    await signedIn?.[Symbol.asyncDispose]()
    await sink?.close()
    await dns?.[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    await page.context().close()
    ;({ page, faults } = await openPage(await openContext(signedIn.browser, app)))
  })
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    expect(faults).toEqual([])
  })

  const go = async (section: string) => {
    await page.goto(`/settings/${section}`)
    await page.getByRole('heading', { name: 'Settings' }).waitFor()
  }
  const row = (name: string) => page.getByRole('row').filter({ hasText: name })

  test('have no page that is hard to read, or wider than a phone', { timeout: 180_000 }, async () => {
    for (const section of [
      ...['workspace', 'credentials', 'ai', 'members', 'api-keys', 'webhooks', 'suppressions', 'audit', 'account'],
    ]) {
      await go(section)
      await expectAccessible(page, section)
      await portray(page, `settings-${section}-full`)
    }
  })

  test('make a reset link, change a role, and hand over what somebody leaves behind', async () => {
    await make('/tasks', { title: 'Call them', assigneeId: await memberId('Linh Trần') })
    await go('members')
    await row('Linh Trần').getByRole('button', { name: 'Actions for Linh Trần' }).click()
    await page.getByRole('menuitem', { name: 'Make a reset link' }).click()
    const link = page.getByRole('dialog', { name: 'A link to choose a new password' })
    await link.getByText(/\/reset#token=[\w-]{43}/).waitFor()
    await expectAccessible(page, 'reset link')
    await portray(page, 'members-reset-link')
    await link.getByRole('button', { name: 'Done' }).click()

    await row('Zoë').getByRole('button', { name: 'Actions for Zoë O’Neill' }).click()
    await page.getByRole('menuitem', { name: 'Change role…' }).click()
    const roles = page.getByRole('dialog', { name: 'The role of Zoë O’Neill' })
    await roles.getByRole('radio', { name: 'Admin' }).click()
    await expectAccessible(page, 'role')
    await portray(page, 'members-role')
    await roles.getByRole('button', { name: 'Make admin' }).click()
    await row('Zoë').getByText('admin', { exact: true }).waitFor()

    await row('Linh Trần').getByRole('button', { name: 'Actions for Linh Trần' }).click()
    await page.getByRole('menuitem', { name: 'Remove…' }).click()
    const removal = page.getByRole('dialog', { name: 'Remove Linh Trần?' })
    await removal.getByLabel('Who takes over 1 open task').waitFor()
    await expectAccessible(page, 'removal')
    await portray(page, 'members-remove')
    await removal.getByRole('button', { name: 'Remove member' }).click()
    await row('Linh Trần').waitFor({ state: 'detached' })
    const { items } = (await app.request('GET', `/tasks?assigneeId=${app.owner.memberId}`)).body
    expect(items.map(({ title }: { title: string }) => title)).toContain('Call them')
  })

  const memberId = async (name: string) => {
    const { items } = (await app.request('GET', '/members')).body as { items: { id: string; name: string }[] }
    return items.find((one) => one.name === name)?.id
  }

  test('connect an email account: what does not work is seen before it is saved', { timeout: 60_000 }, async () => {
    dns.says({ txt: { 'acme.example': ['v=spf1 mx -all'] } })
    await go('credentials')
    await page.getByRole('button', { name: 'Connect email' }).click()
    const dialog = page.getByRole('dialog', { name: 'Connect an email account' })
    await dialog.getByRole('combobox', { name: 'Provider' }).click()
    await page.getByRole('option', { name: 'Google Workspace' }).click()
    await expect.poll(() => dialog.getByLabel('Server').inputValue()).toBe('smtp.gmail.com')
    await dialog.getByText('an app password').waitFor()
    await expectAccessible(page, 'connect, server')
    await portray(page, 'connect-1-server')
    await dialog.getByLabel('Server').fill('127.0.0.1')
    await dialog.getByLabel('Port').fill(String(sink.port))
    await dialog.getByText('None', { exact: true }).click()
    await dialog.getByLabel('User name').fill('relay')
    await dialog.getByRole('textbox', { name: 'Password' }).fill('wrong')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await expect.poll(() => dialog.getByLabel('At most a day').inputValue()).toBe('2000')
    await dialog.getByRole('textbox', { name: /^Name/ }).fill('News')
    await dialog.getByLabel('Sender’s name').fill('Acme')
    await dialog.getByLabel('Sender’s address').fill('news@acme.example')
    await portray(page, 'connect-2-sender')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByText('It does not work yet').waitFor()
    await dialog.getByRole('region', { name: 'SPF' }).getByText('v=spf1 mx ip4:127.0.0.1 -all').waitFor()
    await dialog.getByRole('region', { name: 'DMARC' }).getByText('_dmarc.acme.example').waitFor()
    await expectAccessible(page, 'connect, check')
    await portray(page, 'connect-3-check')
    expect(
      (await app.request('GET', '/credentials')).body.items.map(({ name }: { name: string }) => name),
    ).not.toContain('News')
    await dialog.getByRole('button', { name: 'Server' }).click()
    await dialog.getByRole('textbox', { name: 'Password' }).fill('right')
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByRole('button', { name: 'Next' }).click()
    await dialog.getByText('It works', { exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Save sender' }).click()
    const card = page.getByRole('region', { name: 'News', exact: true })
    await card.getByText('works', { exact: true }).waitFor()
    await card.getByText(/^Password: •••• set /).waitFor()
    await page.getByRole('region', { name: 'Sales mail' }).getByText('312 of 400 today').waitFor()
    await page.getByRole('region', { name: 'Sales mail' }).getByRole('link', { name: 'Q3 outreach' }).waitFor()
  })

  test('keep what one typed when a colleague was faster, and ask whose it shall be', { timeout: 60_000 }, async () => {
    await go('credentials')
    await page.getByRole('button', { name: 'Actions for Sales mail' }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: 'Edit sender' })
    await dialog.getByLabel('Sender’s name').fill('Mine')
    await app.request('PATCH', `/credentials/${sender}`, { body: { senderName: 'Theirs' } })
    await dialog.getByRole('button', { name: 'Save and test' }).click()
    await dialog.getByText(/^admin changed this /).waitFor()
    await expectAccessible(page, 'keep mine')
    await portray(page, 'keep-mine')
    expect(await dialog.getByLabel('Sender’s name').inputValue()).toBe('Mine')
    await dialog.getByRole('button', { name: 'Take theirs' }).click()
    await expect.poll(() => dialog.getByLabel('Sender’s name').inputValue()).toBe('Theirs')
    await dialog.getByLabel('Sender’s name').fill('Mine after all')
    await app.request('PATCH', `/credentials/${sender}`, { body: { name: 'Sales post' } })
    await dialog.getByRole('button', { name: 'Save and test' }).click()
    await dialog.getByRole('button', { name: 'Keep mine' }).click()
    await dialog.waitFor({ state: 'detached' })
    const { body } = await app.request('GET', `/credentials/${sender}`)
    expect(body).toMatchObject({ senderName: 'Mine after all', name: 'Sales mail' })
  })

  test('take a list of addresses, find one, say why it is there, and let it go with a reason', async () => {
    await go('suppressions')
    await page.getByRole('button', { name: 'Suppress addresses' }).click()
    const dialog = page.getByRole('dialog', { name: 'Suppress addresses' })
    await dialog.getByLabel('Email addresses').fill('one@old.example, two@old.example\nnobody\nthree@old.example')
    await dialog.getByRole('button', { name: 'Suppress 4' }).click()
    await dialog.getByText('1 entry is no email address. Correct what is left here.').waitFor()
    expect(await dialog.getByLabel('Email addresses').inputValue()).toBe('nobody')
    await page.keyboard.press('Escape')
    await page.getByLabel('Search addresses').fill('old.example')
    await expect.poll(() => page.getByRole('row').count()).toBe(4)
    await row('two@old.example').getByText('Added by owner').waitFor()
    await row('two@old.example').getByRole('button', { name: 'Actions for two@old.example' }).click()
    await page.getByRole('menuitem', { name: 'Lift…' }).click()
    await page.getByLabel('Why', { exact: true }).last().fill('A slip of the pen')
    await page.getByRole('button', { name: 'Lift', exact: true }).click()
    await expect.poll(() => page.getByRole('row').count()).toBe(3)
    await page.goto('/settings/suppressions?reason=manual')
    await page.getByRole('link', { name: 'Sunset' }).first().waitFor()
    const href = await page.getByRole('link', { name: 'Export these' }).getAttribute('href')
    expect(href).toBe('/api/v1/suppressions/export.csv?reason=manual')
  })

  test('tell who changed what on which day, field by field', async () => {
    await go('audit')
    await page.getByRole('combobox', { name: 'What', exact: true }).click()
    await page.getByRole('option', { name: 'Workspace updated' }).click()
    await page.getByText('frequency cap per day').waitFor()
    await page.getByRole('deletion').filter({ hasText: 'nothing' }).first().waitFor()
    await page.getByRole('insertion').filter({ hasText: '3' }).first().waitFor()
    await page.getByLabel('To', { exact: true }).fill('2020-01-01')
    await page.getByText('Nothing matches').waitFor()
    await page.reload()
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByText('Suppression lifted').first().waitFor()
  })

  test('sign a person out elsewhere, show times in their zone, and stop all sending on every page', async () => {
    const other = await app.request('POST', '/auth/login', {
      body: { email: app.owner.email, password: app.owner.password },
      key: null,
      headers: { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 19) Safari/604.1' },
    })
    const cookie = other.headers.get('set-cookie')?.split(';')[0] ?? ''
    await go('account')
    await page.getByRole('button', { name: 'Actions for Safari on iPhone' }).click()
    await page.getByRole('menuitem', { name: 'Sign out there' }).click()
    await page.getByText('Safari on iPhone').waitFor({ state: 'detached' })
    expect((await app.request('GET', '/me', { key: null, headers: { cookie } })).status).toBe(401)

    await page.getByRole('combobox', { name: 'Time zone' }).click()
    await page.getByRole('combobox', { name: 'Time zone' }).fill('Kiritimati')
    await page.getByRole('option', { name: 'Pacific/Kiritimati' }).click()
    await page.getByRole('button', { name: 'Save account' }).click()
    await page.getByText('Account saved').waitFor()
    const { items } = (await app.request('GET', '/audit-log?limit=1')).body
    const there = new Intl.DateTimeFormat('en', {
      dateStyle: 'medium',
      timeStyle: 'short',
      hourCycle: 'h23',
      timeZone: 'Pacific/Kiritimati',
    })
    await go('audit')
    await row('Account updated')
      .first()
      .getByText(there.format(new Date(items[0].at)))
      .waitFor()

    await go('workspace')
    await page.getByRole('switch', { name: 'Nothing is stopped' }).click({ force: true })
    await page.getByText('All sending is stopped. Messages wait, nothing is lost.').waitFor()
    await page.goto('/customers')
    await page.getByText('All sending is stopped. Messages wait, nothing is lost.').waitFor()
    await page.getByRole('button', { name: 'Let sending go on' }).click()
    await page.getByText('All sending is stopped.').waitFor({ state: 'detached' })
  })

  test('count in the sidebar what is new in the sandbox, until it is looked at', async () => {
    await app.database.pool.query(
      `insert into sandbox_mail (workspace_id, from_address, to_address, subject, text)
        values ($1, 'a@example.com', 'b@example.com', 'One', ''), ($1, 'a@example.com', 'b@example.com', 'Two', '')`,
      [app.workspaceId],
    )
    await page.goto('/customers')
    const place = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sandbox mailbox' })
    await place.getByText('2 new').waitFor()
    await place.click()
    await place.getByText('new').waitFor({ state: 'detached' })
    await page.goto('/customers')
    await page.getByRole('heading', { name: 'Customers' }).waitFor()
    expect(await place.getByText('new').count()).toBe(0)
  })
})

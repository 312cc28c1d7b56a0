import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../client.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'
import { describeInBrowser, expectAccessible, openPage, portray, portrayFailure, webDir } from './browser.ts'
import { type SignedInApp, startSignedInApp } from './signed-in.ts'

/** Whoever is not in yet (UX §4.2): signing in, a forgotten password, invitations. */
describeInBrowser('a way in', () => {
  let signedIn: SignedInApp
  let app: TestApp
  let sink: SmtpSink
  let stranger: BrowserContext
  let page: Page
  let faults: string[]

  beforeAll(async () => {
    sink = await startSmtpSink({ keepBodies: true })
    signedIn = await startSignedInApp({
      env: {
        SYSTEM_MAIL_URL: `smtp+plain://127.0.0.1:${sink.port}`,
        SYSTEM_MAIL_FROM: 'throughline@acme.example',
        PUBLIC_URL: 'http://crm.acme.example:8080',
      },
    })
    ;({ app } = signedIn)
    stranger = await signedIn.browser.newContext({ baseURL: app.url, viewport: { width: 1440, height: 900 } })
    ;({ page, faults } = await openPage(stranger))
  }, 120_000)
  afterAll(async () => {
    await signedIn?.[Symbol.asyncDispose]()
    await sink?.close()
  })
  afterEach(async ({ task }) => await portrayFailure(page, task))

  /** What every page of this kind is held to. */
  const hold = async (name: string) => {
    await expectAccessible(page, name)
    await portray(page, name)
  }

  test('is found again by a mailed link; sessions of the old password are out', { timeout: 60_000 }, async () => {
    await page.goto('/login')
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await hold('login')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Email').waitFor()
    await hold('forgot')
    await page.getByLabel('Email').fill(app.owner.email)
    await page.getByRole('button', { name: 'Send the link' }).click()
    await page.getByText(`If somebody signs in with ${app.owner.email}, a link is on its way there.`).waitFor()
    await hold('forgot-sent')
    const link = await eventually('the mail', async () => {
      const [mail] = await sink.mail()
      return /\/reset#token=[\w-]{43}/.exec(mail?.body.replaceAll('=\r\n', '').replaceAll('=3D', '=') ?? '')?.[0]
    })
    // Another window of theirs, signed in with the old password.
    await signedIn.page.goto('/settings/account')
    await signedIn.page.getByLabel('Name').waitFor()

    await page.goto(link)
    await page.getByLabel('New password').waitFor()
    await hold('reset')
    await page.getByRole('textbox', { name: 'New password' }).fill('password')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByText('This password is among the first that attackers try; take another.').waitFor()
    await page.getByRole('textbox', { name: 'New password' }).fill('a passphrase of my own')
    await page.getByRole('button', { name: 'Set the password' }).click()
    await page.getByText('Your password is changed. Sign in with the new one.').waitFor()
    await page.getByLabel('Email').fill(app.owner.email)
    await page.getByRole('textbox', { name: 'Password' }).fill('a passphrase of my own')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL('**/home')

    await signedIn.page.reload()
    await signedIn.page.waitForURL('**/login*')
    // The form of the link that UX §4.2 names; used, it says so and leads on.
    await page.goto(link.replace('#token=', '/'))
    await page.getByText('This link does not hold any more').waitFor()
    await hold('reset-used')
    await page.getByRole('link', { name: 'Get a new link' }).click()
    await page.getByRole('button', { name: 'Send the link' }).waitFor()
    expect(faults).toEqual([])
  })

  test('is opened by an invitation', async () => {
    const { body } = await app.request('POST', '/invitations', { body: { email: 'linh@acme.example' } })
    const context = await signedIn.browser.newContext({ baseURL: app.url, viewport: { width: 1440, height: 900 } })
    ;({ page, faults } = await openPage(context))
    await page.goto(new URL(body.link).pathname + new URL(body.link).hash)
    await page.getByRole('heading', { name: 'Join Acme' }).waitFor()
    await hold('invite')
    await page.getByLabel('Your name').fill('Linh')
    await page.getByRole('textbox', { name: 'Password' }).fill('linh’s own passphrase')
    await page.getByRole('button', { name: 'Join' }).click()
    await page.waitForURL('**/home')
    await page.goto('/auth/login')
    await page.waitForURL('**/login')
    expect(faults).toEqual([])
  })

  test('is said truthfully where no mail is sent', async () => {
    await using quiet = await startTestApp({ webDir })
    const context = await signedIn.browser.newContext({ baseURL: quiet.url, viewport: { width: 1440, height: 900 } })
    ;({ page, faults } = await openPage(context))
    await page.goto('/forgot')
    await page.getByText('This installation sends no mail to its members').waitFor()
    expect(await page.getByRole('button').count()).toBe(0)
    await hold('forgot-no-mail')
    expect(faults).toEqual([])
    await context.close()
  })
})

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, portrayFailure } from './browser.ts'
import { liquidOf } from './liquid-of.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

const csv = 'email,first_name\nsara@x-gmbh.example,Sara\nnameless@acme.example,\n'

describeInBrowser('a template in Write mode', () => {
  let at: SignedIn
  let templateId: string

  beforeAll(async () => {
    at = await startSignedIn(csv)
  })
  afterAll(async () => await at?.[Symbol.asyncDispose]())
  afterEach(async ({ task }) => await portrayFailure(at.page, task))

  const call = async <T = { id: string }>(path: string, body?: object, method = body ? 'POST' : 'GET') =>
    (await at.page.evaluate(
      async ([url, text, how]) => {
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch(`/api/v1${url}`, { method: how ?? 'GET', ...(text && { headers, body: text }) })
        return await answer.json()
      },
      [path, body && JSON.stringify(body), method],
    )) as T
  const paste = async (html: string) =>
    await at.page.evaluate(`(() => {
      const data = new DataTransfer()
      data.setData('text/html', ${JSON.stringify(html)})
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
      document.querySelector('.tl-write-text')?.dispatchEvent(event)
    })()`)

  /** How the columns of a mail stand in a window of a width: the second beside or below the first, which is as wide as the mail or not. */
  const columnsAt = async (html: string, width: number) => {
    const other = await at.browser.newPage({ viewport: { width, height: 700 } })
    try {
      await other.setContent(html)
      return (await other.evaluate(`(() => {
        const table = document.querySelector('table[data-block=columns]')
        const inside = [...table.querySelectorAll('.tl-column')]
        const columns = inside.length > 0 ? inside : [...table.querySelectorAll('td')]
        const [one, two] = columns.map((column) => column.getBoundingClientRect())
        return { side: two.top >= one.bottom ? 'below' : 'beside', wide: one.width > table.clientWidth * 0.9 }
      })()`)) as { side: string; wide: boolean }
    } finally {
      await other.close()
    }
  }

  test('is written with bold, a list, a variable with its fallback and a button, and saved as HTML for mail programs', async () => {
    const { page } = at
    const made = await call('/templates', { name: 'Hello', subject: 'For {{customer.firstName}}' })
    templateId = made.id
    await page.goto(`/templates/${made.id}`)
    const body = page.getByRole('textbox', { name: 'Body' })
    await body.click()
    await page.keyboard.type('Dear {{')
    await page.getByRole('combobox', { name: 'Search variables' }).fill('first')
    await page.keyboard.press('Enter')
    // Not everybody has it: what is said then is asked for right away.
    await page.getByRole('textbox', { name: 'Where it is missing' }).and(page.locator(':focus')).fill('friend')
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.type(', this is ')
    await page.keyboard.press('Control+b')
    await page.keyboard.type('bold')
    await page.keyboard.press('Control+b')
    await page.keyboard.type(' & new.')
    await page.keyboard.press('Enter')
    await page.keyboard.type('- One')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Two')
    await page.getByRole('button', { name: 'Put in a button, picture, columns or line' }).click()
    await page.getByRole('menuitem', { name: 'Button' }).click()
    await page.getByRole('textbox', { name: 'Leads to' }).fill('https://acme.example/start')
    await page.frameLocator('iframe[title=Preview]').getByRole('link', { name: 'Take a look' }).waitFor()
    await page.getByRole('button', { name: 'Put in a button, picture, columns or line' }).click()
    await page.getByRole('menuitem', { name: 'Two columns' }).click()
    await page.locator('.tl-write-text:focus').waitFor()
    await page.keyboard.type('On the left')
    await page.frameLocator('iframe[title=Preview]').getByText('On the left').waitFor()
    await page.frameLocator('iframe[title=Preview]').getByText('bold').waitFor()
    await expectAccessible(page, 'template in Write mode')
    await portray(page, 'template-write')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Template saved').first().waitFor()
    const { body: html } = await call<{ body: string }>(`/templates/${made.id}`)
    expect(html).toContain(
      '<p>Dear {{customer.firstName | default: "friend"}}, this is <strong>bold</strong> &amp; new.</p>\n<ul>\n  <li>One</li>\n  <li>Two</li>\n</ul>\n<table data-block="button"',
    )
    expect(html).toContain('href="https://acme.example/start"')
  })

  test('comes back as it was, and says in Code what was written', async () => {
    const { page } = at
    const { body: html } = await call<{ body: string }>(`/templates/${templateId}`)
    await page.reload()
    await page.locator('.tl-write-text .tl-chip', { hasText: 'First name or friend' }).waitFor()
    await page.getByText('Version 2').waitFor()
    await page.getByText('Code', { exact: true }).click()
    await expect.poll(() => page.getByRole('textbox', { name: 'Body' }).inputValue()).toBe(html)
    await page.getByText('Version 2').waitFor()
    await page.getByText('Write', { exact: true }).click()
  })

  test('takes text from Word and web pages without what they bring along', async () => {
    const { page } = at
    await page.locator('.tl-write-text').click()
    await page.keyboard.press('Control+a')
    await paste(
      `<html><head><style>p{color:red}</style></head><body><!--[if gte mso 9]><xml></xml><![endif]--><p class=MsoNormal style="margin:0;mso-x:1">From <b style="mso-bidi-font-weight:normal">Word</b><o:p></o:p> for {{customer.firstName}}</p><p class=MsoListParagraph style="mso-list:l0"><span style="mso-list:Ignore">·<span>   </span></span>First</p><p class=MsoListParagraph style="mso-list:l0"><span style="mso-list:Ignore">·</span>Second</p><script>alert(1)</script><p onclick="alert(2)"><a href="javascript:alert(3)">bad</a> <a href="https://good.example" style="color:red">good</a><img src="file:///c:/x.png"></p></body></html>`,
    )
    await page.locator('.tl-write-text li', { hasText: 'Second' }).waitFor()
    await page.getByText('Code', { exact: true }).click()
    await expect
      .poll(() => page.getByRole('textbox', { name: 'Body' }).inputValue())
      .toBe(
        '<p>From <strong>Word</strong> for {{customer.firstName}}</p>\n<ul>\n  <li>First</li>\n  <li>Second</li>\n</ul>\n<p>bad <a href="https://good.example">good</a></p>',
      )
    await page.getByText('Write', { exact: true }).click()
  })

  test('marks a variable that does not exist and offers the one that was meant', async () => {
    const { page } = at
    const made = await call('/templates', {
      name: 'Wrong name',
      body: '<p>Dear {{customer.firstname}},</p>',
      subject: 'S {{customer.emial}}',
    })
    await page.goto(`/templates/${made.id}`)
    await page.locator('.tl-write-text .tl-chip[data-bad]').click()
    await page.getByRole('button', { name: 'Use customer.firstName' }).click()
    await page.locator('.tl-write-text .tl-chip:not([data-bad])', { hasText: 'First name' }).waitFor()
    await page.getByRole('button', { name: /^customer.emial: There is no/ }).click()
    await page.getByRole('button', { name: 'Use customer.email' }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => liquidOf(page.getByRole('textbox', { name: 'Subject' }))).toBe('S {{customer.email}}')
  })

  test('stays in Code with the reason where Write could not give it back, and nothing of it changes', async () => {
    const { page } = at
    const odd = '{% if a %}<p class="a">{% else %}<p class="b">{% endif %}x</p>'
    const made = await call('/templates', { name: 'Odd', body: odd })
    await page.goto(`/templates/${made.id}`)
    await page.getByText('It stays in Code: <p> of line 1 is not closed.').waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Body' }).inputValue()).toBe(odd)
    await page.getByText('Version 1').waitFor()
  })

  test('is delivered to the sandbox as the preview shows it', async () => {
    const { page, faults } = at
    const { items } = await call<{ items: { id: string; type: string }[] }>('/credentials')
    const { items: people } = await call<{ items: { id: string; email: string }[] }>('/customers')
    const sara = people.find(({ email }) => email?.startsWith('sara'))
    const template = await call<{ subject: string; body: string }>(`/templates/${templateId}`)
    const campaign = await call('/campaigns', {
      name: 'Says hello',
      audience: { type: 'list', customerIds: [sara?.id] },
    })
    const config = {
      credentialId: items.find(({ type }) => type === 'sandbox')?.id,
      templateName: 'Hello',
      ...{ trackOpens: false, trackClicks: false },
    }
    await call(
      `/campaigns/${campaign.id}/workflow`,
      {
        version: 1,
        nodes: [
          { id: 'trigger-1', type: 'trigger', title: 'Start', config: {} },
          { id: 'email-1', type: 'email-send', title: 'Email', config },
        ],
        edges: [{ id: 'e1', source: 'trigger-1', target: 'email-1', when: null }],
      },
      'PUT',
    )
    await call(`/campaigns/${campaign.id}/activate`, { enroll: 'now' })
    await page.goto('/sandbox')
    await page.getByRole('button', { name: /sara@x-gmbh.example/ }).click()
    await page.frameLocator('iframe').getByText('Dear Sara').waitFor()
    const { items: mails } = await call<{ items: { id: number }[] }>('/sandbox/messages')
    const mail = await call<{ html: string }>(`/sandbox/messages/${mails[0]?.id}`)
    const preview = await call<{ html: string }>('/templates/preview', {
      ...{ subject: template.subject, body: template.body, customerId: sara?.id },
    })
    const alike = (html: string) => html.replace(/https?:\/\/[^"]*\/(u|p)\/[^"]+/g, '/$1')
    expect(alike(mail.html)).toBe(alike(preview.html))
    expect(mail.html).toContain('Dear Sara, this is <strong>bold</strong>')
    expect(await columnsAt(mail.html, 700)).toEqual({ side: 'beside', wide: false })
    expect(await columnsAt(mail.html, 375)).toEqual({ side: 'below', wide: true })
    // Where a mail program drops the rules, they stand one below the other nevertheless.
    expect(await columnsAt(mail.html.replace(/<style[\s\S]*?<\/style>/g, ''), 375)).toMatchObject({ side: 'below' })
    // As they were written before.
    const cells =
      '<table data-block="columns" role="presentation" cellpadding="0" cellspacing="0" border="0" width="100%"><tr><td width="50%" valign="top" style="padding:0 12px 0 0px"><p>A</p></td><td width="50%" valign="top" style="padding:0 0px 0 12px"><p>B</p></td></tr></table>'
    const { html: old } = await call<{ html: string }>('/templates/preview', { subject: 'S', body: cells })
    expect(await columnsAt(old, 700)).toEqual({ side: 'beside', wide: false })
    expect(await columnsAt(old, 375)).toEqual({ side: 'below', wide: true })
    expect(faults).toEqual([])
  })
})

import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray } from './browser.ts'
import { liquidOf } from './liquid-of.ts'
import { testsOnCanvas } from './on-canvas.ts'

const step = (id: string, type: string, config: object) => ({ id, type, title: id, config })
const flow = {
  nodes: [
    step('start', 'trigger', {}),
    step('email-1', 'email-send', { subject: 'Hi {{customer.firstName}}', body: '<p>Words</p>' }),
    step('telegram-1', 'send-step', {
      channel: 'telegram',
      body: 'Dear {{customer.firstName | default: "friend"}},\n\nit is time.',
    }),
    step('http-1', 'http-request', { method: 'POST', url: 'https://example.com/{{customer.id}}' }),
    step('set-1', 'update-customer', { field: 'language', value: '{{customer.country}}' }),
  ],
  edges: ['start>email-1', 'email-1>telegram-1', 'telegram-1>http-1', 'http-1>set-1'].map((way, at) => ({
    id: `e${at}`,
    source: way.split('>')[0],
    target: way.split('>')[1],
    when: null,
  })),
  layout: {
    start: { x: 0, y: 0 },
    'email-1': { x: 0, y: 150 },
    'telegram-1': { x: 0, y: 300 },
    'http-1': { x: 0, y: 450 },
    'set-1': { x: 0, y: 600 },
  },
}

/** What a field puts on the clipboard; what it is given from there: by the events that Ctrl C and Ctrl V make. */
const copied = async (page: Page): Promise<string> =>
  await page.evaluate(
    `(() => {
      const data = new DataTransfer()
      document.activeElement.dispatchEvent(new ClipboardEvent('copy', { clipboardData: data, bubbles: true, cancelable: true }))
      return data.getData('text/plain')
    })()`,
  )
const paste = async (page: Page, text: string): Promise<void> =>
  await page.evaluate(
    `(() => {
      const data = new DataTransfer()
      data.setData('text/plain', ${JSON.stringify(text)})
      document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })()`,
  )

/** A field with chips, once it is that: it comes a moment after what the drawer is first drawn with. */
const chipField = (page: Page | Locator, name: string): Locator =>
  page.getByRole('textbox', { name, exact: true }).and(page.locator('.tl-chip-text'))

describeInBrowser('a text with variables as chips', () => {
  const on = testsOnCanvas()

  test('is written, read out and changed with the keyboard alone', async () => {
    await on.app.request('POST', '/customers', { body: { email: 'ada@acme.example', firstName: 'Ada' } })
    await on.app.request('POST', '/customers', { body: { email: 'bo@acme.example' } })
    const { page, drawer, step, load, workflow, faults } = await on.prepare(flow)
    const subjectKept = async () => (await workflow()).nodes.find(({ id }) => id === 'email-1')?.config.subject
    await load()
    await step('email-1').click()
    const subject = chipField(drawer, 'Subject')
    const chip = subject.getByRole('button', { name: 'First name', exact: true })
    await chip.waitFor()
    await expectAccessible(page, 'a field with chips')

    // Over the chip: it is chosen and named; again: behind it. Backspace takes it away whole, Ctrl Z brings it back.
    await subject.focus()
    await page.keyboard.press('End')
    await page.keyboard.type('!')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    await expect
      .poll(async () => await subject.getAttribute('aria-activedescendant'))
      .toBe(await chip.getAttribute('id'))
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Backspace')
    await expect.poll(() => liquidOf(subject)).toBe('Hi !')
    await page.keyboard.press('Control+z')
    await expect.poll(() => liquidOf(subject)).toBe('Hi {{customer.firstName}}!')
    expect((await workflow()).nodes).toHaveLength(5)

    // Enter opens it; what is typed there stands in the chip; Enter again leads back.
    await page.keyboard.press('Home')
    for (let at = 0; at < 4; at += 1) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('textbox', { name: 'Where it is missing' }).fill('friend "x"')
    await page.keyboard.press('Enter')
    await subject.getByRole('button', { name: 'First name, or friend "x"' }).waitFor()
    await subject.and(page.locator(':focus')).waitFor()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.type(' you')
    await expect.poll(subjectKept).toBe(`Hi {{customer.firstName | default: 'friend "x"'}} you!`)

    // `{{` opens the list; Escape leads back to what was typed, and what is closed by hand is a chip, too.
    await page.keyboard.press('End')
    await page.keyboard.type(' {{')
    await page.getByRole('combobox', { name: 'Search variables' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Escape')
    await subject.and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Backspace')
    await page.keyboard.type('{')
    await page.getByRole('combobox', { name: 'Search variables' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.type('customer.emial}}')
    await subject.getByRole('button', { name: /^customer.emial: There is no/ }).click()
    await page.getByRole('button', { name: 'Use customer.email' }).click()
    await portray(page, 'chip-fields')
    await page.keyboard.press('Escape')
    await page.getByRole('textbox', { name: 'Where it is missing' }).waitFor({ state: 'detached' })
    await subject.and(page.locator(':focus')).waitFor()
    await subject.getByRole('button', { name: 'Email', exact: true }).waitFor()
    await portray(page, 'chips')
    expect(faults).toEqual([])
  })

  test('keeps Liquid through copying, pasting and Raw, and one line one line', async () => {
    const { page, drawer, step, load, workflow, faults } = await on.prepare(flow)
    const kept = async () => (await workflow()).nodes.find(({ id }) => id === 'email-1')?.config.subject
    await load()
    await step('email-1').click()
    const subject = chipField(drawer, 'Subject')
    await subject.focus()
    await page.keyboard.press('Control+a')
    expect(await copied(page)).toBe('Hi {{customer.firstName}}')
    await paste(page, 'שלום {{customer.lastName | upcase}},\r\n\r\nסוף 👩‍👩‍👧\n')
    await expect.poll(() => liquidOf(subject)).toBe('שלום {{customer.lastName | upcase}}, סוף 👩‍👩‍👧')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Backspace')
    await page.keyboard.type('{ {% if 1 %} =cmd() } {{')
    await page.getByRole('combobox', { name: 'Search variables' }).and(page.locator(':focus')).waitFor()
    await page.keyboard.press('Escape')
    await subject.and(page.locator(':focus')).waitFor()
    await page.keyboard.type(' 🙂')
    const text = 'שלום {{customer.lastName | upcase}}, סוף { {% if 1 %} =cmd() } {{ 🙂'
    await expect.poll(kept).toBe(text)

    await drawer.getByRole('button', { name: 'Subject as raw Liquid' }).click()
    const raw = drawer.getByRole('textbox', { name: 'Subject', exact: true })
    await expect.poll(() => raw.inputValue()).toBe(text)
    await raw.fill('Raw {{ customer.tags | join: ", " }}')
    await drawer.getByRole('button', { name: 'Subject as raw Liquid' }).click()
    await subject.getByRole('button', { name: 'customer.tags | join: ", "' }).click()
    await page.getByRole('textbox', { name: 'Liquid' }).fill('{{ customer.tags | first }}')
    await page.keyboard.press('Escape')
    await expect.poll(kept).toBe('Raw {{ customer.tags | first }}')
    expect(faults).toEqual([])
  })

  test('holds several lines, and stands in every field that takes variables', async () => {
    const { page, drawer, step, load, workflow, faults } = await on.prepare(flow)
    const configOf = async (id: string) => (await workflow()).nodes.find((node) => node.id === id)?.config
    await load()
    await step('telegram-1').click()
    const text = chipField(drawer, 'Text')
    await text.getByRole('button', { name: 'First name, or friend' }).waitFor()
    await text.focus()
    await page.keyboard.press('Control+End')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Bye')
    await paste(page, ' for\nnow, {{customer.lastName}}')
    const said = 'Dear {{customer.firstName | default: "friend"}},\n\nit is time.\nBye for\nnow, {{customer.lastName}}'
    await expect.poll(async () => (await configOf('telegram-1'))?.body).toBe(said)
    await text.fill('One {{customer.firstName}}\nTwo')
    await expect.poll(async () => (await configOf('telegram-1'))?.body).toBe('One {{customer.firstName}}\nTwo')

    await step('http-1').click()
    const address = chipField(drawer, 'Address')
    await address.focus()
    await page.keyboard.press('End')
    await page.keyboard.type('/x')
    await expect.poll(async () => (await configOf('http-1'))?.url).toBe('https://example.com/{{customer.id}}/x')

    await step('set-1').click()
    await chipField(drawer, 'Value').getByRole('button', { name: 'Country' }).waitFor()
    expect(faults).toEqual([])
  })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, expectAccessible, portray } from './browser.ts'
import { type SignedIn, startSignedIn } from './signed-in.ts'

let app: SignedIn
beforeAll(async () => {
  const csv = [
    'email,firstName,country,tags',
    'linh@example.com,Linh,VN,trial',
    'minh@example.com,Minh,VN,',
    'anna@example.com,Anna,DE,trial',
    'noor@example.com,نور,AE,',
  ].join('\n')
  app = await startSignedIn(csv)
})
afterAll(() => app?.[Symbol.asyncDispose]())

describeInBrowser('segments', () => {
  it('are made of rules that count themselves while they are written', async () => {
    const { page, faults } = app
    await page.goto('/segments')
    await page.getByRole('button', { name: 'New segment' }).first().click()
    await page.getByLabel('Name').fill('Trials in Vietnam')
    await page.getByRole('button', { name: 'Create segment' }).click()
    await page.waitForURL(/segments\/[0-9a-f-]{36}/)
    const who = page.getByRole('region', { name: 'Who matches' })
    await who.getByText('of 4 customers').waitFor()
    await page.getByRole('button', { name: 'Add rule' }).first().click()
    const about = page.getByRole('combobox', { name: 'Rule 2: what it is about' })
    await about.click()
    await about.fill('country')
    await page.getByRole('option', { name: /^country/ }).click()
    await page.getByRole('textbox', { name: 'Rule 2: value' }).fill('vn')
    await who.getByText('country is vn').first().waitFor()
    await who.getByText('2', { exact: true }).waitFor()
    await expect.poll(() => who.getByRole('listitem').count()).toBe(2)
    await page.getByRole('button', { name: 'Add group' }).click()
    const tag = page.getByRole('combobox', { name: 'Rule 3.1: what it is about' })
    await tag.click()
    await tag.fill('Tag')
    await page.getByRole('option', { name: 'Tag', exact: true }).click()
    await page.getByRole('combobox', { name: 'Rule 3.1: tag' }).fill('trial')
    await page.keyboard.press('Escape')
    await who.getByText('1', { exact: true }).waitFor()
    await expectAccessible(page, 'the rules of a segment')
    await page.getByRole('button', { name: 'Save rules' }).click()
    await page.getByText('1 customer', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Customers' }).click()
    await page.getByRole('link', { name: /Linh/ }).first().waitFor()
    await page.goto('/segments')
    await page.getByText('By rules').waitFor()
    expect(faults).toEqual([])
  })

  it('have their rules moved by keys and by menu, into groups and out of them, and every step back', async () => {
    const { page, faults } = app
    const has = (field: string) => ({ field, op: 'not-empty' })
    const id = await page.evaluate(
      async (body) => {
        const headers = { 'content-type': 'application/json' }
        const answer = await fetch('/api/v1/segments', { method: 'POST', headers, body })
        return ((await answer.json()) as { id: string }).id
      },
      JSON.stringify({
        name: 'Moved about',
        kind: 'dynamic',
        rules: { all: [has('email'), { any: [has('country'), has('phone')] }] },
      }),
    )
    await page.goto(`/segments/${id}`)
    /** What the rules are about, by their numbers. */
    const drawn = async () =>
      await page
        .getByRole('combobox', { name: /: what it is about$/ })
        .evaluateAll((fields) =>
          fields.map(
            (field) =>
              `${field.getAttribute('aria-label')?.match(/[\d.]+/)?.[0]} ${(field as never as { value: string }).value}`,
          ),
        )
    const became = async (...rules: string[]) => await expect.poll(drawn).toEqual(rules)
    const focused = async (name: string) =>
      await page.getByRole('button', { name }).and(page.locator(':focus')).waitFor()
    await became('1 email', '2.1 country', '2.2 phone')

    // Through the group with one pair of keys, the focus with it.
    await page.getByRole('button', { name: 'Rule 1: more' }).focus()
    for (const [at, rules] of [
      ['1.1', ['1.1 email', '1.2 country', '1.3 phone']],
      ['1.2', ['1.1 country', '1.2 email', '1.3 phone']],
      ['1.3', ['1.1 country', '1.2 phone', '1.3 email']],
      ['2', ['1.1 country', '1.2 phone', '2 email']],
    ] as const) {
      await page.keyboard.press('Alt+ArrowDown')
      await became(...rules)
      await focused(`Rule ${at}: more`)
    }
    await page.keyboard.press('Alt+ArrowUp')
    await focused('Rule 1.3: more')

    // The same by menu, and a copy of a group; nothing is lost on the way back.
    const choose = async (button: string, entry: string) => {
      await page.getByRole('button', { name: button }).click()
      await page.getByRole('menu', { name: button }).getByRole('menuitem', { name: entry, exact: true }).click()
    }
    await choose('Rule 1.3: more', 'Move out of the group')
    await became('1.1 country', '1.2 phone', '2 email')
    await focused('Rule 2: more')
    await choose('Rule 2: more', 'Move into the group above')
    await became('1.1 country', '1.2 phone', '1.3 email')
    await choose('Group 1: more', 'Duplicate group')
    await choose('Group 2: more', 'Ungroup')
    const copied = ['1.1 country', '1.2 phone', '1.3 email', '2 country', '3 phone', '4 email']
    await became(...copied)
    await page.locator('.tl-number[data-counting]').first().waitFor({ state: 'detached' })
    await page.locator('.tl-counting').first().waitFor({ state: 'detached' })
    await expectAccessible(page, 'rules that were moved')
    await portray(page, 'rules-moved')
    await choose('Rule 3: more', 'Remove rule')
    await became('1.1 country', '1.2 phone', '1.3 email', '2 country', '3 email')
    await page.getByRole('button', { name: 'Undo' }).click()
    await became(...copied)
    await page.getByRole('button', { name: 'Discard' }).click()
    await became('1 email', '2.1 country', '2.2 phone')
    await page.getByRole('button', { name: 'Rule 1: more' }).focus()
    await page.keyboard.press('Control+z')
    await became(...copied)

    // Who has changed nothing sees what a colleague saved, and is not asked to save anything.
    await page.getByRole('button', { name: 'Discard' }).click()
    await became('1 email', '2.1 country', '2.2 phone')
    const save = page.getByRole('button', { name: 'Save rules' })
    await save.waitFor({ state: 'detached' })
    await page.evaluate(
      async ([path = '', body = '']) => {
        const { version } = (await (await fetch(path)).json()) as { version: number }
        const headers = { 'content-type': 'application/json', 'if-match': `"${version}"` }
        await fetch(path, { method: 'PATCH', headers, body })
      },
      [`/api/v1/segments/${id}`, JSON.stringify({ rules: { all: [has('phone')] } })],
    )
    const back = async () => {
      // As when one comes back to the window.
      await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
      return await drawn()
    }
    await expect.poll(back).toEqual(['1 phone'])
    expect(await save.count()).toBe(0)
    expect(faults).toEqual([])
  })
})

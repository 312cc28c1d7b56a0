import { expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, portray, saved } from './browser.ts'
import { drag, line, middleOf, testsOnCanvas } from './on-canvas.ts'

/** What React says in the console of a failure that was caught. */
const others = (faults: string[]) =>
  faults.filter((text) => !/dynamically imported|boundary|is not iterable|undefined/i.test(text))

describeInBrowser('the panels of the builder', () => {
  const start = testsOnCanvas()

  test('one that cannot be loaded says so beside a canvas that goes on, and comes when it is asked for again', async () => {
    const on = await start.prepare()
    const { page, canvas, drawer } = on
    const scripts = /\/assets\/(drawer|history-panel|test-panel|move-dialog)-[^/]*\.js/
    await page.route(scripts, (route) => route.abort())
    await on.load()
    const failed = page.getByRole('alert').filter({ hasText: 'This panel failed.' })
    await on.step('wait-1').click()
    await failed.waitFor()
    await failed.getByText('It could not be loaded').waitFor()
    await failed.getByRole('button', { name: 'Copy details' }).waitFor()
    await expectAccessible(page, 'a panel that failed')
    await portray(page, 'builder-panel-failed')
    // The canvas stays: a card is moved, the draft is saved, another step is chosen.
    const from = await middleOf(on.step('exit-1'))
    await drag(page, from, { x: from.x + 80, y: from.y })
    await saved(page)
    expect((await on.workflow()).layout['exit-1']?.x).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'History' }).click()
    await failed.waitFor()
    await page.getByRole('complementary', { name: 'History' }).getByRole('button', { name: 'Close' }).click()
    await failed.waitFor({ state: 'detached' })
    await canvas.focus()
    await page.keyboard.press('t')
    await failed.waitFor()
    await page.getByRole('region', { name: 'Panel' }).getByRole('button', { name: 'Close' }).click()
    await failed.waitFor({ state: 'detached' })
    await on.step('tag-1').click({ button: 'right' })
    await page.getByRole('menuitem', { name: /^Move/ }).click()
    await page.getByRole('dialog', { name: 'This cannot be shown' }).getByText('This panel failed.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await on.step('wait-1').click()
    await failed.waitFor()
    await page.unroute(scripts)
    await failed.getByRole('button', { name: 'Reload panel' }).click()
    await drawer.getByRole('textbox', { name: 'How long' }).waitFor()
    expect(others(on.faults)).toEqual([])
  })

  test('one whose data cannot be drawn leaves the canvas, the drawer and what was typed', async () => {
    const on = await start.open()
    const { page, drawer } = on
    await on.step('wait-1').click()
    await drawer.getByLabel('Name of the step').fill('A long wait')
    const broken = /\/api\/v1\/campaigns\/[^/]+\/versions/
    await page.route(broken, (route) => route.fulfill({ json: { items: [null], nextCursor: null } }))
    await page.getByRole('button', { name: 'History' }).click()
    await page
      .getByRole('tab', { name: 'Versions' })
      .or(page.getByText('Versions', { exact: true }))
      .first()
      .click()
    await page.getByText('This panel failed.').waitFor()
    await on.step('wait-1').getByText('A long wait').waitFor()
    await page.unroute(broken)
    await page.getByRole('button', { name: 'Reload panel' }).click()
    await page.getByText('This panel failed.').waitFor({ state: 'detached' })
    await saved(page)
    expect((await on.workflow()).nodes.find(({ id }) => id === 'wait-1')?.title).toBe('A long wait')
  })

  test('a field that only the server can judge shows that it is being checked, and its card does, until the answer', async () => {
    const on = await start.open({
      ...line,
      nodes: line.nodes.map((node) =>
        node.id === 'tag-1'
          ? { id: 'tag-1', type: 'email-send', title: 'Mail', config: { subject: 'Hi', body: 'Hi' } }
          : node,
      ),
    })
    const { page, drawer } = on
    let answer = () => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    await page.route('**/workflow', async (route) => {
      if (route.request().method() === 'PUT') await held
      await route.fallback()
    })
    await on.step('tag-1').click()
    await drawer.getByRole('combobox', { name: 'Sender' }).click()
    await page
      .getByRole('option', { name: /Sandbox/ })
      .first()
      .click()
    const dot = drawer.getByRole('status').filter({ hasText: 'Being checked' })
    await dot.waitFor()
    await expect.poll(() => dot.count()).toBe(1)
    await on.step('tag-1').getByRole('img', { name: 'What it refers to is being checked' }).waitFor()
    answer()
    await dot.waitFor({ state: 'detached' })
    await on
      .step('tag-1')
      .getByRole('img', { name: 'What it refers to is being checked' })
      .waitFor({ state: 'detached' })
    expect(on.faults).toEqual([])
  })
})

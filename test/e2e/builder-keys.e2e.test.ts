import { expect, test } from 'vitest'
import { describeInBrowser, expectAccessible, saved } from './browser.ts'
import { line, middleOf, type OnCanvas, testsOnCanvas, waysOf } from './on-canvas.ts'

describeInBrowser('the builder by keyboard', () => {
  const start = testsOnCanvas()
  let on: OnCanvas

  test('trigger, email, wait and handoff are built, checked and activated without a pointer', async () => {
    on = await start.open({ nodes: [line.nodes[0]], edges: [], layout: {} })
    const { page } = on
    await on.canvas.focus()
    const add = async (search: string, id: string) => {
      await page.keyboard.press('a')
      await page.getByRole('combobox', { name: 'Search steps' }).waitFor()
      await page.keyboard.type(search)
      await page.keyboard.press('Enter')
      await on.step(id).waitFor()
      await on.drawer.waitFor()
    }
    await add('send email', 'email-send-1')
    await expect.poll(() => page.evaluate('document.activeElement?.dataset.field')).toBe('credentialId')
    await page.keyboard.type('Sandbox')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    const into = async (field: string) => {
      for (let presses = 0; presses < 12; presses += 1) {
        if ((await page.evaluate('document.activeElement?.closest("[data-field]")?.dataset.field')) === field) return
        await page.keyboard.press('Tab')
      }
      throw new Error(`Tab does not lead to ${field}.`)
    }
    await into('subject')
    await page.keyboard.type('Hello')
    await into('body')
    await page.keyboard.type('How are you?')
    await page.keyboard.press('Escape')
    await add('wait', 'wait-1')
    await page.keyboard.type('3d')
    await page.keyboard.press('Escape')
    await add('hand off', 'exit-handoff-1')
    await page.keyboard.press('Escape')
    await saved(page)
    const graph = await on.workflow()
    expect(waysOf(graph)).toEqual(['email-send-1>wait-1', 'start>email-send-1', 'wait-1>exit-handoff-1'])
    expect(graph.nodes.find(({ id }) => id === 'email-send-1')?.config).toMatchObject({ subject: 'Hello' })
    expect(graph.nodes.find(({ id }) => id === 'wait-1')?.config.durationMs).toBe(3 * 86_400_000)
    const press = async (name: RegExp) => {
      await page.getByRole('button', { name }).focus()
      await page.keyboard.press('Enter')
    }
    await press(/^Validate/)
    await page.getByText('No problems · 4 steps checked').waitFor()
    await press(/^Activate$/)
    const activate = page.getByRole('dialog').getByRole('button', { name: /^Activate/ })
    await activate.waitFor()
    await activate.focus()
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await start.app.request('GET', `/campaigns/${on.id}`)).body.status).toBe('active')
    expect(on.faults).toEqual([])
  })

  // UX §4.21, check 24.
  test('Esc leads from every mode back to an idle canvas', async () => {
    on = await start.open()
    const { page, canvas } = on
    const idle = async (mode: string) => {
      for (let presses = 0; presses < 4; presses += 1) await page.keyboard.press('Escape')
      const left = page.locator('[role=dialog], [role=menu], .tl-drawer, .tl-panel, .tl-test-frame, [data-selected]')
      await expect.poll(() => left.count(), { message: mode }).toBe(0)
      await expect
        .poll(() => page.evaluate('document.activeElement?.closest("[role=application]") !== null'), { message: mode })
        .toBe(true)
    }
    const modes: [string, () => Promise<unknown>][] = [
      ['a drawer with text in it', () => on.step('wait-1').click()],
      ['the picker', () => page.keyboard.press('a')],
      ['the outline', () => page.keyboard.press('o')],
      ['finding a step', () => page.keyboard.press('Control+f')],
      ['the test', () => page.keyboard.press('t')],
      ['the keys', () => page.keyboard.press('?')],
      ['history', () => page.getByRole('button', { name: 'History' }).click()],
      ['AI Generate', () => page.getByRole('button', { name: 'AI Generate' }).click()],
      ['problems', () => page.getByRole('button', { name: /^Validate/ }).click()],
      ['a menu', () => on.step('wait-1').click({ button: 'right' })],
      [
        'connecting',
        async () => {
          await on.step('wait-1').click()
          await canvas.focus()
          await page.keyboard.press('c')
        },
      ],
      ['everything selected', () => page.keyboard.press('Control+a')],
    ]
    for (const [mode, enter] of modes) {
      await canvas.focus()
      await enter()
      const there = page.locator('[role=dialog], [role=menu], .tl-drawer, .tl-panel, [data-selected]')
      await there.first().waitFor()
      await idle(mode)
    }
    expect(waysOf(await on.workflow())).toEqual(waysOf(line))
  })

  test('an archived workflow stays as it is, whatever is pressed, dragged, pasted or opened', async () => {
    on = await start.open()
    const { page, canvas } = on
    await on.step('wait-1').click()
    await canvas.focus()
    await page.keyboard.press('Control+c')
    await start.app.request('POST', `/campaigns/${on.id}/archive`)
    const before = await on.workflow()
    await on.load()
    await page.getByText(/Archived: the workflow is kept as it was/).waitFor()
    const keys = ['a', '+', 'c', 'Delete', 'Backspace', 'Shift+Delete', 'Control+z', 'Control+y', 'Control+Shift+z']
    const more = ['Control+x', 'Control+v', 'Control+d', 'Shift+ArrowDown', 'Shift+T', 'n', 'F2', 'm', 'l', '[', '/']
    for (const key of [...keys, ...more]) {
      await on.step('tag-1').click({ position: { x: 120, y: 12 } })
      await canvas.focus()
      await page.keyboard.press(key)
      await page.keyboard.type('x')
      expect(await page.getByRole('combobox', { name: 'Search steps' }).count(), key).toBe(0)
    }
    const { mouse } = page
    const from = await middleOf(on.step('tag-1'))
    await mouse.move(from.x, from.y)
    await mouse.down()
    await mouse.move(from.x + 150, from.y + 90, { steps: 4 })
    await mouse.up()
    const port = await middleOf(page.locator('.react-flow__node[data-id="wait-1"] .react-flow__handle-bottom'))
    await mouse.move(port.x, port.y)
    await mouse.down()
    await mouse.move(port.x + 250, port.y + 20, { steps: 4 })
    await mouse.up()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await on.step('tag-1').click({ button: 'right', position: { x: 120, y: 12 } })
    const offered = await page.getByRole('menuitem').allTextContents()
    expect(offered.some((text) => /Delete|Rename|Duplicate|Move|Connect to/.test(text))).toBe(false)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.getByTestId(/^step-/).count()).toBe(4)
    expect(await on.workflow()).toEqual(before)
  })

  test('the outline is walked, searched by what is set, and moves steps; Delete acts on the step under the focus', async () => {
    on = await start.open()
    const { page } = on
    await on.canvas.focus()
    await page.keyboard.press('o')
    const outline = page.getByRole('region', { name: 'Outline' })
    const find = outline.getByRole('searchbox', { name: 'Find a step' })
    await find.fill('reached')
    await expect
      .poll(() => outline.getByRole('treeitem').allTextContents())
      .toEqual([expect.stringMatching(/^Add tag/)])
    await find.fill('')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.keyboard.press('ArrowUp')
    const current = () => page.evaluate('document.activeElement?.textContent')
    expect(await current()).toMatch(/^Add tag/)
    await expectAccessible(page, 'outline')
    await page.keyboard.press('Shift+F10')
    await page.getByRole('menuitem', { name: 'Move before or after…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Move “Add tag”/ })
    await dialog.getByText('Before', { exact: true }).click()
    await dialog.getByRole('combobox', { name: 'Step' }).click()
    await page.getByRole('option', { name: 'Trigger' }).click()
    await dialog.getByText('“Trigger” is a start: nothing comes before it.').waitFor()
    await dialog.getByRole('combobox', { name: 'Step' }).click()
    await page.getByRole('option', { name: 'Wait' }).click()
    await dialog.getByRole('button', { name: 'Move' }).click()
    await dialog.waitFor({ state: 'detached' })
    await saved(page)
    await expect.poll(async () => waysOf(await on.workflow())).toEqual(['start>tag-1', 'tag-1>wait-1', 'wait-1>exit-1'])
    await outline.getByRole('treeitem', { name: /^Wait/ }).focus()
    await page.keyboard.press('Delete')
    await on.step('wait-1').waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("role")')).toBe('treeitem')
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual(['start>tag-1', 'tag-1>exit-1'])
    expect(on.faults).toEqual([])
  })

  test('what a step needs is made where it is picked, and comes back chosen', async () => {
    on = await start.open({
      ...line,
      nodes: line.nodes.map((node) =>
        node.id === 'tag-1' ? { id: 'tag-1', type: 'add-to-segment', title: 'Into a list', config: {} } : node,
      ),
    })
    const { page } = on
    await on.step('tag-1').click()
    await on.drawer.getByRole('combobox', { name: 'Segment' }).click()
    await page.getByRole('option', { name: '+ New segment' }).click()
    const dialog = page.getByRole('dialog', { name: 'New segment' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Reached')
    await dialog.getByRole('button', { name: 'Create segment' }).click()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(() => on.drawer.getByRole('combobox', { name: 'Segment' }).inputValue()).toBe('Reached')
    await saved(page)
    const [segment] = (await start.app.request('GET', '/segments')).body.items
    expect(segment).toMatchObject({ name: 'Reached', kind: 'static' })
    expect((await on.workflow()).nodes.find(({ id }) => id === 'tag-1')?.config).toEqual({ segmentId: segment.id })
    expect(on.faults).toEqual([])
  })
})

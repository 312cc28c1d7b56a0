import type { BrowserContext, Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { describeInBrowser, openPage, saved } from './browser.ts'
import { line, type OnCanvas, testsOnCanvas } from './on-canvas.ts'

describeInBrowser('the builder', () => {
  const start = testsOnCanvas()
  let on: OnCanvas
  let context: BrowserContext
  let page: Page
  let faults: string[]
  let id: string

  beforeEach(async () => {
    on = await start.prepare()
    ;({ context, page, faults, id } = on)
  })

  const open = (other = page) => on.load(other)
  const canvas = (other = page) => other.getByRole('application')
  const workflow = () => on.workflow()
  const drawer = () => on.drawer

  // UX §4.21, check 3.
  test('deletes a step in the middle, joins its neighbours, and undo brings back step and config', async () => {
    await open()
    await page.getByTestId('step-wait-1').click()
    await canvas().focus()
    await page.keyboard.press('Delete')
    await page.getByTestId('step-wait-1').waitFor({ state: 'detached' })
    await saved(page)
    const healed = await workflow()
    expect(healed.edges.map(({ source, target }) => `${source}>${target}`)).toEqual(['start>tag-1', 'tag-1>exit-1'])
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await page.getByTestId('step-wait-1').waitFor()
    await saved(page)
    const { version: _, ...back } = await workflow()
    expect(new Map(back.nodes.map((node) => [node.id, node]))).toEqual(
      new Map(line.nodes.map((node) => [node.id, node])),
    )
    expect(new Set(back.edges.map(({ source, target }) => `${source}>${target}`))).toEqual(
      new Set(['start>wait-1', 'wait-1>tag-1', 'tag-1>exit-1']),
    )
    expect(faults).toEqual([])
  })

  // UX §4.21, check 1.
  test('undoes in a text what was typed there, and afterwards the field’s step, and leaves the graph alone', async () => {
    const mail = { id: 'tag-1', type: 'email-send', title: 'Mail', config: { subject: 'Hello', body: 'Hi' } }
    await on.put({ ...line, nodes: line.nodes.map((node) => (node.id === 'tag-1' ? mail : node)) })
    await open()
    const before = await workflow()
    await page.getByTestId('step-tag-1').click()
    const subject = drawer().getByRole('textbox', { name: 'Subject' })
    const text = async () => ((await subject.inputValue().catch(() => subject.textContent())) ?? '').trim()
    await subject.click()
    await page.keyboard.press('End')
    await page.keyboard.type(' there')
    await expect.poll(text).toBe('Hello there')
    await page.keyboard.press('Control+z')
    await expect.poll(text).not.toBe('Hello there')
    await expect.poll(() => page.getByTestId(/^step-/).count()).toBe(4)
    await page.keyboard.press('End')
    await page.keyboard.type(', you')
    await subject.blur()
    await saved(page)
    expect((await workflow()).nodes.find(({ id: one }) => one === 'tag-1')?.config.subject).toMatch(/^Hello.*, you$/)
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await saved(page)
    const { version: _, ...after } = await workflow()
    expect(after.nodes.find(({ id: one }) => one === 'tag-1')).toEqual(mail)
    expect(after.edges).toEqual(before.edges)
    expect(faults).toEqual([])
  })

  // UX §4.21, check 2.
  test('deletes a chosen step with Delete and with Backspace, and with neither while a field has the focus', async () => {
    await open()
    for (const [key, step] of [
      ['Delete', 'tag-1'],
      ['Backspace', 'wait-1'],
    ] as const) {
      await page.getByTestId(`step-${step}`).click()
      await page.getByLabel('Name of the step').focus()
      await page.keyboard.press(key)
      await expect.poll(() => page.getByTestId(`step-${step}`).count()).toBe(1)
      await canvas().focus()
      await page.keyboard.press(key)
      await page.getByTestId(`step-${step}`).waitFor({ state: 'detached' })
    }
    await saved(page)
    expect((await workflow()).nodes.map(({ id: one }) => one)).toEqual(['start', 'exit-1'])
    expect(faults).toEqual([])
  })

  test('leaves the graph alone while keys go into a field, and undoes the field’s step afterwards', async () => {
    await open()
    await page.getByTestId('step-tag-1').click()
    const field = drawer()
      .getByRole('combobox', { name: 'Tag' })
      .or(drawer().getByRole('textbox', { name: 'Tag' }))
    await field.fill('reached twice')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Delete')
    await field.blur()
    await saved(page)
    expect((await workflow()).nodes).toHaveLength(4)
    expect((await workflow()).nodes.find((node) => node.id === 'tag-1')?.config).toEqual({ name: 'reached twic' })
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await saved(page)
    expect((await workflow()).nodes.find((node) => node.id === 'tag-1')?.config).toEqual({ name: 'reached' })
  })

  test('inserts on a line with four keys, moves what stands below, and nothing else', async () => {
    await open()
    await page.getByTestId('insert-b').click()
    await page.getByRole('combobox', { name: 'Search steps' }).fill('remove tag')
    await page.keyboard.press('Enter')
    await page.getByTestId('step-remove-tag-1').waitFor()
    await saved(page)
    const graph = await workflow()
    expect(graph.edges.map(({ source, target }) => `${source}>${target}`).sort()).toEqual([
      'remove-tag-1>tag-1',
      'start>wait-1',
      'tag-1>exit-1',
      'wait-1>remove-tag-1',
    ])
    expect(graph.layout['wait-1']).toEqual(line.layout['wait-1'])
    expect(graph.layout['tag-1']?.y).toBeGreaterThan(300)
    expect((graph.layout['exit-1']?.y ?? 0) - (graph.layout['tag-1']?.y ?? 0)).toBe(150)
  })

  test('builds a workflow with the keyboard alone', async () => {
    await on.put({ nodes: [line.nodes[0]], edges: [], layout: {} })
    await open()
    await canvas().focus()
    for (const [search, step] of [
      ['wait', 'wait-1'],
      ['hand', 'exit-handoff-1'],
    ] as const) {
      await page.keyboard.press('a')
      await page.getByRole('combobox', { name: 'Search steps' }).waitFor()
      await page.keyboard.type(search)
      await page.keyboard.press('Enter')
      await page.getByTestId(`step-${step}`).waitFor()
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await drawer().getByRole('textbox', { name: 'How long' }).waitFor()
    await page.keyboard.press('Escape')
    await saved(page)
    const graph = await workflow()
    expect(graph.edges.map(({ source, target }) => `${source}>${target}`)).toEqual([
      'start>wait-1',
      'wait-1>exit-handoff-1',
    ])
    const checked = await start.app.request('POST', `/campaigns/${id}/workflow/validate`)
    expect(checked.body.ok).toBe(true)
  })

  // UX §4.21, check 7; with a server that is really gone in builder-work.
  test('keeps what was typed while the server is away, over a reload, and saves it when it is back', async () => {
    await open()
    await page.route('**/workflow', (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()))
    await page.getByTestId('step-wait-1').click()
    await page.getByLabel('Name of the step').fill('A long wait')
    await page.getByLabel('Name of the step').blur()
    await page.getByText(/Not saved, kept on this device/).waitFor()
    page.on('dialog', (dialog) => void dialog.accept())
    await page.unroute('**/workflow')
    await page.reload()
    await page.getByTestId('step-wait-1').getByText('A long wait').waitFor()
    await saved(page)
    expect((await workflow()).nodes.find((node) => node.id === 'wait-1')?.title).toBe('A long wait')
  })

  // UX §4.21, check 8.
  test('keeps what is typed while a slow save is on its way', async () => {
    await open()
    let answer = () => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    let first = true
    await page.route('**/workflow', async (route) => {
      if (route.request().method() === 'PUT' && first) {
        first = false
        await held
      }
      await route.fallback()
    })
    await page.getByTestId('step-wait-1').click()
    const name = page.getByLabel('Name of the step')
    await name.fill('One')
    await name.blur()
    await page.locator('[data-testid=save-state][data-state=saving]').waitFor()
    await name.fill('Two')
    await name.blur()
    answer()
    await saved(page)
    await expect.poll(() => name.inputValue()).toBe('Two')
    expect((await workflow()).nodes.find((node) => node.id === 'wait-1')?.title).toBe('Two')
  })

  // UX §4.21, check 6.
  test('joins what two pages change at different steps, and asks about the same field', async () => {
    const other = (await openPage(context)).page
    await open()
    await open(other)
    const rename = async (on: Page, step: string, name: string) => {
      await on.getByTestId(`step-${step}`).click()
      await on.getByLabel('Name of the step').fill(name)
      await on.getByLabel('Name of the step').blur()
    }
    await rename(page, 'wait-1', 'Mine')
    await other.getByTestId('step-wait-1').getByText('Mine').waitFor()
    await rename(other, 'exit-1', 'Theirs')
    await page.getByTestId('step-exit-1').getByText('Theirs').waitFor()
    await saved(other)
    const titles = (await workflow()).nodes.map((node) => node.title)
    expect(titles).toContain('Mine')
    expect(titles).toContain('Theirs')
    // One tab is cut off while both change the same name.
    const cutOff = async (on: Page, step: string, name: string, meanwhile: () => Promise<void>) => {
      await on.route('**/workflow', (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()))
      await rename(on, step, name)
      await on.getByText(/kept on this device/).waitFor()
      await meanwhile()
      await on.unroute('**/workflow')
      await on.getByRole('button', { name: 'Retry now' }).click()
    }
    await cutOff(page, 'exit-1', 'Mine, too', async () => {
      await rename(other, 'exit-1', 'Theirs again')
      await saved(other)
    })
    const chooser = page.getByRole('dialog', { name: 'Someone changed the same step' })
    await chooser.getByText('Theirs: Theirs again').waitFor()
    await chooser.getByRole('button', { name: 'Keep mine' }).click()
    await saved(page)
    expect((await workflow()).nodes.find((node) => node.id === 'exit-1')?.title).toBe('Mine, too')
    await cutOff(other, 'exit-1', 'Other', async () => {
      await rename(page, 'exit-1', 'Mine at last')
      await saved(page)
    })
    await other.getByRole('button', { name: 'Take theirs' }).click()
    await other.getByTestId('step-exit-1').getByText('Mine at last').waitFor()
    await canvas(other).focus()
    await other.keyboard.press('Control+z')
    await other.getByTestId('step-exit-1').getByText('Other', { exact: true }).waitFor()
  })

  test('shows an archived workflow without a way to change it', async () => {
    await start.app.request('POST', `/campaigns/${id}/archive`)
    const before = await workflow()
    await open()
    await page.getByText(/Archived: the workflow is kept as it was/).waitFor()
    await page.getByTestId('step-wait-1').click()
    await canvas().focus()
    for (const key of ['Delete', 'Backspace', 'a', 'Control+x', 'Control+d', 'Control+z', 'Shift+ArrowDown', 'Shift+T'])
      await page.keyboard.press(key)
    const box = await page.getByTestId('step-tag-1').boundingBox()
    if (!box) throw new Error('The step is not on the screen.')
    await page.mouse.move(box.x + 60, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + 200, box.y + 120, { steps: 5 })
    await page.mouse.up()
    await expect.poll(() => page.getByTestId(/^step-/).count()).toBe(4)
    await expect.poll(() => drawer().getByRole('textbox', { name: 'How long' }).isDisabled()).toBe(true)
    expect(await workflow()).toEqual(before)
  })

  test('says why a connection is refused instead of making a loop', async () => {
    await open()
    await page.getByTestId('step-tag-1').click()
    const from = page.locator('.react-flow__node[data-id="tag-1"] .react-flow__handle-bottom')
    const to = page.locator('.react-flow__node[data-id="wait-1"] .react-flow__handle-top')
    await from.dragTo(to, { force: true })
    await page.getByText('This would send people back to “Wait”. Workflows can’t loop.').waitFor()
    expect((await workflow()).edges).toHaveLength(3)
    await expect.poll(() => page.locator('.react-flow__edge').count()).toBe(3)
  })

  test('leads from a problem to the step and the field', async () => {
    const nodes = line.nodes.map((node) => (node.id === 'tag-1' ? { ...node, config: {} } : node))
    await on.put({ ...line, nodes })
    await open()
    await page.getByRole('button', { name: /^Validate/ }).click()
    await page
      .getByRole('region', { name: 'Problems' })
      .getByRole('button', { name: /Add tag/ })
      .click()
    await drawer().waitFor()
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("data-field")')).toBe('name')
  })

  // UX §4.21, check 18.
  test('opens, pans, searches and tidies a workflow of 500 steps', async () => {
    const nodes = [
      line.nodes[0],
      ...Array.from({ length: 499 }, (_, n) => ({
        id: `tag-${n}`,
        type: 'add-tag',
        title: `Step ${n}`,
        config: { name: `t${n}` },
      })),
    ]
    const edges = nodes.slice(1).map((node, n) => ({ id: `e${n}`, source: nodes[n]?.id, target: node?.id, when: null }))
    const layout = Object.fromEntries(
      nodes.map((node, n) => [node?.id, { x: (n % 20) * 300, y: Math.floor(n / 20) * 150 }]),
    )
    await on.put({ nodes, edges, layout })
    await open()
    await canvas().focus()
    await page.keyboard.press('o')
    await page
      .getByRole('textbox', { name: 'Find a step' })
      .or(page.getByRole('searchbox', { name: 'Find a step' }))
      .fill('Step 437')
    await page.keyboard.press('Enter')
    await page.getByTestId('step-tag-437').waitFor()
    await drawer().getByRole('button', { name: 'tag-437', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    const camera = () => page.locator('.react-flow__viewport').getAttribute('style')
    const before = await camera()
    await page.mouse.move(700, 300)
    await page.mouse.wheel(120, 200)
    await expect.poll(camera).not.toBe(before)
    await canvas().focus()
    await page.keyboard.press('Shift+T')
    await page.getByText('Tidied up', { exact: true }).waitFor({ state: 'attached' })
    await saved(page)
    expect((await workflow()).layout).not.toEqual(layout)
    expect(faults).toEqual([])
  })
})

import { expect, test } from 'vitest'
import { describeInBrowser, saved } from './browser.ts'
import { drag, line, middleOf, type OnCanvas, testsOnCanvas, waysOf } from './on-canvas.ts'

/** A row of steps that is wider than a screen, so that a drawer hides something: start, then five waits side by side. */
const wide = {
  nodes: [line.nodes[0], ...[1, 2, 3, 4, 5].map((n) => ({ ...line.nodes[1], id: `wait-${n}`, title: `Wait ${n}` }))],
  edges: [1, 2, 3, 4].map((n) => ({ id: `e${n}`, source: `wait-${n}`, target: `wait-${n + 1}`, when: null })),
  layout: {
    start: { x: 0, y: 0 },
    ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`wait-${n}`, { x: (n - 1) * 330, y: 200 }])),
  },
}

/** An email whose reply leads to the exit. */
const answered = {
  nodes: [line.nodes[0], { id: 'mail', type: 'email-send', title: 'Mail', config: {} }, line.nodes[3]],
  edges: [
    { id: 'a', source: 'start', target: 'mail', when: null },
    { id: 'b', source: 'mail', target: 'exit-1', when: 'replied' },
  ],
  layout: { start: { x: 0, y: 0 }, mail: { x: 0, y: 200 }, 'exit-1': { x: 0, y: 420 } },
}

describeInBrowser('the feel of the builder', () => {
  const start = testsOnCanvas()
  let on: OnCanvas

  const isOnCanvas = async (id: string) => {
    const card = await on.step(id).boundingBox()
    const canvas = await on.canvas.boundingBox()
    if (!card || !canvas) return false
    return card.x >= canvas.x && card.x + card.width <= canvas.x + canvas.width
  }
  const camera = () => on.page.locator('.react-flow__viewport').getAttribute('style')

  test('a drawer pushes the canvas: its step stays in view, and the camera moves for nothing else', async () => {
    on = await start.open(wide)
    const { page, drawer, canvas } = on
    const before = await canvas.boundingBox()
    await on.step('wait-5').click()
    await drawer.waitFor()
    await expect.poll(() => isOnCanvas('wait-5')).toBe(true)
    expect((await canvas.boundingBox())?.width).toBe((before?.width ?? 0) - 400)
    const shown = await camera()
    await on.step('wait-4').click()
    await drawer.getByRole('button', { name: 'wait-4', exact: true }).waitFor()
    expect(await camera()).toBe(shown)
    await page.keyboard.press('Alt+ArrowUp')
    await drawer.getByRole('button', { name: 'wait-3', exact: true }).waitFor()
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'detached' })
    expect(on.faults).toEqual([])
  })

  test('a panel that opens with nothing selected shows the whole workflow anew, unless one had looked elsewhere', async () => {
    on = await start.open(wide)
    const { page, canvas } = on
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('complementary', { name: 'History' }).waitFor()
    await expect.poll(async () => (await isOnCanvas('wait-1')) && (await isOnCanvas('wait-5'))).toBe(true)
    await canvas.focus()
    await page.keyboard.press('Escape')
    await page.getByRole('complementary', { name: 'History' }).waitFor({ state: 'detached' })
    await page.mouse.move(600, 700)
    await page.mouse.wheel(150, 0)
    const mine = await camera()
    await page.getByRole('button', { name: 'History' }).click()
    await page.getByRole('complementary', { name: 'History' }).waitFor()
    expect(await camera()).toBe(mine)
  })

  test('the drawer is as wide as one makes it, by dragging or with the keyboard, and stays so', async () => {
    on = await start.open()
    const { page, drawer } = on
    await on.step('wait-1').click()
    const edge = page.getByRole('separator', { name: 'Width of the panel' })
    await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe('400')
    const at = await middleOf(edge)
    await drag(on.page, at, { x: at.x - 100, y: at.y })
    await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe('500')
    await edge.focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('End')
    await expect.poll(() => edge.getAttribute('aria-valuenow')).toBe('640')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowRight')
    await on.load()
    await on.step('wait-1').click()
    await expect.poll(async () => (await drawer.boundingBox())?.width).toBe(620)
  })

  test('the palette folds away, nothing moves on the screen, and adding goes on', async () => {
    on = await start.open()
    const { page, canvas } = on
    const before = await on.step('wait-1').boundingBox()
    await page.getByRole('button', { name: 'Hide the steps to add' }).click()
    await page.getByRole('complementary', { name: 'Steps to add' }).waitFor({ state: 'detached' })
    await expect.poll(async () => (await on.step('wait-1').boundingBox())?.x).toBeCloseTo(before?.x ?? 0, 0)
    await on.load()
    await on.step('wait-1').click()
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('combobox', { name: 'Search steps' }).fill('remove tag')
    await page.keyboard.press('Enter')
    await on.step('remove-tag-1').waitFor()
    await saved(page)
    expect(waysOf(await on.workflow())).toContain('wait-1>remove-tag-1')
    await canvas.focus()
    await page.keyboard.press('/')
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("aria-label")')).toBe('Search steps')
    await page.getByRole('searchbox', { name: 'Search steps' }).fill('goal')
    await page.keyboard.press('Enter')
    await on.step('goal-1').waitFor()
  })

  test('four strokes put a wait of three days on a line; one undo takes it back; what was used last comes first', async () => {
    on = await start.open()
    const { page, canvas } = on
    await page.getByTestId('insert-a').click()
    await page.keyboard.type('wait')
    await page.keyboard.press('Enter')
    await on.drawer.getByRole('textbox', { name: 'How long' }).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement?.dataset.field')).toBe('durationMs')
    await page.keyboard.type('5d')
    await page.keyboard.press('Escape')
    await on.drawer.waitFor({ state: 'detached' })
    await saved(page)
    const after = await on.workflow()
    expect(after.nodes.find((node) => node.id === 'wait-2')?.config.durationMs).toBe(5 * 86_400_000)
    expect(waysOf(after)).toEqual(['start>wait-2', 'tag-1>exit-1', 'wait-1>tag-1', 'wait-2>wait-1'])
    await expect.poll(() => page.evaluate('document.activeElement?.getAttribute("role")')).toBe('application')
    await page.keyboard.press('a')
    const first = page.getByRole('dialog').getByRole('option').first()
    await expect.poll(() => first.textContent()).toMatch(/^Wait/)
    await page.keyboard.press('Escape')
    await canvas.focus()
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await on.step('wait-2').waitFor({ state: 'detached' })
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual(['start>wait-1', 'tag-1>exit-1', 'wait-1>tag-1'])
  })

  test('a step from the palette, and one that stands free, drop into the line that lights up', async () => {
    on = await start.open()
    const { page } = on
    const lit = page.locator('.react-flow__edge[data-drop]')
    const palette = page.getByRole('complementary', { name: 'Steps to add' })
    const into = await middleOf(page.getByTestId('insert-b'))
    await drag(
      on.page,
      await middleOf(palette.getByRole('button', { name: 'Add tag' })),
      { x: into.x + 12, y: into.y },
      async () => await expect.poll(() => lit.getAttribute('data-id')).toBe('b'),
    )
    await on.step('add-tag-1').waitFor()
    await saved(page)
    expect(waysOf(await on.workflow())).toContain('wait-1>add-tag-1')
    await page.keyboard.press('Escape')
    const canvas = await on.canvas.boundingBox()
    if (!canvas) throw new Error('There is no canvas.')
    await drag(on.page, await middleOf(palette.getByRole('button', { name: 'Wait', exact: true })), {
      x: canvas.x + canvas.width - 250,
      y: canvas.y + 200,
    })
    await on.step('wait-2').waitFor()
    await page.keyboard.press('Escape')
    await drag(
      on.page,
      await middleOf(on.step('wait-2')),
      await middleOf(page.getByTestId('insert-a')),
      async () => await expect.poll(() => lit.getAttribute('data-id')).toBe('a'),
    )
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual([
      'add-tag-1>tag-1',
      'start>wait-2',
      'tag-1>exit-1',
      'wait-1>add-tag-1',
      'wait-2>wait-1',
    ])
    expect(await lit.count()).toBe(0)
    expect(on.faults).toEqual([])
  })

  test('a line drawn into the open asks what follows there; over a step it cannot reach it says why; Esc lets go of it', async () => {
    on = await start.open({ ...line, edges: line.edges.slice(0, 2) })
    const { page } = on
    const port = page.locator('.react-flow__node[data-id="tag-1"] .react-flow__handle-bottom')
    const from = await middleOf(port)
    await drag(on.page, from, { x: from.x + 250, y: from.y + 60 })
    await page.getByRole('combobox', { name: 'Search steps' }).fill('remove tag')
    await page.keyboard.press('Enter')
    await saved(page)
    const { layout } = await on.workflow()
    expect(layout['remove-tag-1']?.x).toBeGreaterThan((layout['tag-1']?.x ?? 0) + 150)
    await page.keyboard.press('Escape')
    await drag(on.page, await middleOf(port), await middleOf(on.step('wait-1')), async () => {
      await page.locator('.tl-reason', { hasText: 'This would send people back to “Wait”.' }).waitFor()
      expect(await page.locator('.react-flow__node[data-id="exit-1"][data-refused]').count()).toBe(0)
      await expect.poll(() => page.locator('.react-flow__node[data-id="start"][data-refused]').count()).toBe(1)
      await page.keyboard.press('Escape')
      expect(await page.locator('.tl-reason, .react-flow__connection').count()).toBe(0)
    })
    expect(await page.getByRole('dialog').count()).toBe(0)
    await drag(on.page, await middleOf(port), await middleOf(on.step('exit-1')))
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual(['start>wait-1', 'tag-1>exit-1', 'wait-1>tag-1'])
  })

  test('the end of a line is dragged to another step, and let go in the open nothing happens to it', async () => {
    on = await start.open()
    const { page } = on
    const end = page.locator('[data-testid="rf__edge-b"] .react-flow__edgeupdater-target')
    const at = await middleOf(end)
    await drag(on.page, at, { x: at.x + 330, y: at.y })
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(waysOf(await on.workflow())).toEqual(waysOf(line))
    await drag(on.page, at, await middleOf(on.step('exit-1')))
    await saved(page)
    await expect
      .poll(async () => waysOf(await on.workflow()))
      .toEqual(['start>wait-1', 'tag-1>exit-1', 'wait-1>exit-1'])
  })

  test('a line opens on the second click or with Enter, says who takes it, and changes its outcome', async () => {
    on = await start.open(answered)
    const { page } = on
    const plus = await middleOf(page.getByTestId('insert-a'))
    await page.mouse.click(plus.x, plus.y - 24)
    const popover = page.getByRole('dialog', { name: 'Connection' })
    expect(await popover.count()).toBe(0)
    await page.mouse.click(plus.x, plus.y - 24)
    await popover.getByText('Everyone who enters takes it at once.').waitFor()
    await page.keyboard.press('Escape')
    await popover.waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await popover.waitFor()
    await popover.getByRole('button', { name: 'Mail' }).click()
    await on.drawer.waitFor()
    await page.keyboard.press('Escape')
    const lower = await middleOf(page.getByTestId('insert-b'))
    await page.mouse.click(lower.x + 26, lower.y)
    await popover.getByText('Taken as soon as they reply.').waitFor()
    await popover.getByRole('combobox', { name: 'When' }).click()
    await popover.getByRole('option', { name: 'Bounced' }).click()
    await popover.getByText('Taken as soon as it comes back for good.').waitFor()
    await saved(page)
    expect(waysOf(await on.workflow())).toContain('mail>exit-1:bounced')
  })

  test('a step put on a line that says Replied keeps that on the upper half; the lower half is for everyone', async () => {
    on = await start.open(answered)
    const { page } = on
    await page.getByTestId('insert-b').click()
    await page.keyboard.type('remove tag')
    await page.keyboard.press('Enter')
    await on.step('remove-tag-1').waitFor()
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual(['mail>remove-tag-1:replied', 'remove-tag-1>exit-1', 'start>mail'])
  })
})

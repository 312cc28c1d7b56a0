import { expect, test } from 'vitest'
import { sql } from '../../src/db/database.ts'
import { addCustomers, makeActive } from '../campaign.ts'
import { describeInBrowser, saved } from './browser.ts'
import { drag, line, type OnCanvas, testsOnCanvas, waysOf } from './on-canvas.ts'

/** An email; who replies is tagged and leaves, everybody else waits. */
const forked = {
  nodes: [
    line.nodes[0],
    { id: 'mail', type: 'email-send', title: 'Mail', config: { subject: 'Hello', body: 'Hi' } },
    line.nodes[2],
    line.nodes[3],
    line.nodes[1],
  ],
  edges: [
    { id: 'a', source: 'start', target: 'mail', when: null },
    { id: 'b', source: 'mail', target: 'tag-1', when: 'replied' },
    { id: 'c', source: 'tag-1', target: 'exit-1', when: null },
    { id: 'd', source: 'mail', target: 'wait-1', when: null },
  ],
  layout: {
    start: { x: 0, y: 0 },
    mail: { x: 0, y: 150 },
    'tag-1': { x: -200, y: 340 },
    'exit-1': { x: -200, y: 490 },
    'wait-1': { x: 200, y: 340 },
  },
}

/** Sixteen steps below one another, enough for the map, askew. */
const askew = (() => {
  const nodes = [
    line.nodes[0],
    ...Array.from({ length: 15 }, (_, n) => ({ ...line.nodes[2], id: `tag-${n}`, title: `Tag ${n}` })),
  ]
  return {
    nodes,
    edges: nodes.slice(1).map((node, n) => ({ id: `e${n}`, source: nodes[n]?.id, target: node?.id, when: null })),
    layout: Object.fromEntries(nodes.map((node, n) => [node?.id, { x: n % 2 === 0 ? 0 : 40, y: n * 120 }])),
  }
})()

type Box = { x: number; y: number; width: number; height: number }

const selected = (on: OnCanvas) =>
  on.page
    .locator('.tl-step[data-selected]')
    .evaluateAll((cards) => cards.map((card) => card.getAttribute('data-testid')?.replace('step-', '')).sort())

describeInBrowser('moving steps about', () => {
  const start = testsOnCanvas()

  test('a branch is copied with all that hangs on it, from the menu of its first step', async () => {
    const on = await start.open(forked)
    const { page, canvas } = on
    await on.context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await on.step('tag-1').click({ button: 'right' })
    await page.getByRole('menuitem', { name: 'Copy branch' }).click()
    await expect.poll(() => selected(on)).toEqual(['exit-1', 'tag-1'])
    const text = String(await page.evaluate('navigator.clipboard.readText()'))
    expect(JSON.parse(text).throughline).toBe('graph/1')
    await page.keyboard.press('Escape')
    await canvas.focus()
    await page.keyboard.press('Control+v')
    await on.step('exit-2').waitFor()
    await saved(page)
    const graph = await on.workflow()
    expect(graph.nodes.map(({ id }) => id).sort()).toEqual([
      'add-tag-1',
      'exit-1',
      'exit-2',
      'mail',
      'start',
      'tag-1',
      'wait-1',
    ])
    expect(waysOf(graph)).toContain('add-tag-1>exit-2')
    expect(on.faults).toEqual([])
  })

  test('a box drawn with Shift selects the steps that it touches, and Delete takes them with one undo', async () => {
    const on = await start.open(forked)
    const { page, canvas } = on
    const [tag, exit] = [await on.step('tag-1').boundingBox(), await on.step('exit-1').boundingBox()]
    if (!tag || !exit) throw new Error('They are not on the screen.')
    await page.keyboard.down('Shift')
    await drag(page, { x: tag.x - 30, y: tag.y - 12 }, { x: exit.x + exit.width - 20, y: exit.y + exit.height + 20 })
    await page.keyboard.up('Shift')
    await expect.poll(() => selected(on)).toEqual(['exit-1', 'tag-1'])
    await canvas.focus()
    await page.keyboard.press('Delete')
    await on.step('tag-1').waitFor({ state: 'detached' })
    await saved(page)
    expect((await on.workflow()).nodes.map(({ id }) => id).sort()).toEqual(['mail', 'start', 'wait-1'])
    await canvas.focus()
    await page.keyboard.press('Control+z')
    await on.step('exit-1').waitFor()
    await saved(page)
    expect(waysOf(await on.workflow())).toEqual(waysOf(forked as never))
    expect(on.faults).toEqual([])
  })

  test('tidying glides the cards to their places, is one step of undo, and stands still for who wants less motion', async () => {
    for (const reducedMotion of ['no-preference', 'reduce'] as const) {
      const on = await start.open(askew, { reducedMotion })
      const { page, canvas } = on
      await page.evaluate(`
        window.glided = 0;
        addEventListener('transitionrun', ({ propertyName, target }) => {
          if (propertyName === 'transform' && target.classList.contains('react-flow__node')) window.glided += 1;
        }, true); 0`)
      const glided = () => page.evaluate('window.glided').then(Number)
      await canvas.focus()
      await page.keyboard.press('Shift+T')
      await page.getByText('Tidied up', { exact: true }).waitFor({ state: 'attached' })
      await saved(page)
      const tidy = await on.workflow()
      expect(new Set(Object.values(tidy.layout).map(({ x }) => x)).size).toBe(1)
      if (reducedMotion === 'reduce') expect(await glided()).toBe(0)
      else await expect.poll(glided).toBeGreaterThan(0)
      // It is over, and a drag is not slowed down by it.
      await page.locator('.tl-flow[data-gliding]').waitFor({ state: 'detached' })
      await canvas.focus()
      await page.keyboard.press('Control+z')
      await page.getByText('Undid: Tidied up', { exact: true }).waitFor({ state: 'attached' })
      await saved(page)
      expect((await on.workflow()).layout).toEqual(askew.layout)
      await expect.poll(() => page.getByRole('button', { name: /^Undo/ }).first().isDisabled()).toBe(true)
      expect(on.faults).toEqual([])
    }
  })

  test('a large workflow opens at its beginning, or at the step of the address, where it can be read', async () => {
    const on = await start.open(askew)
    const { page } = on
    const zoom = async () =>
      Number(/scale\(([\d.]+)/.exec((await page.locator('.react-flow__viewport').getAttribute('style')) ?? '')?.[1])
    const isInView = async (id: string) => {
      const [card, canvas] = await Promise.all(
        [page.getByTestId(`step-${id}`), page.locator('.tl-flow-box')].map((one) => one.boundingBox()),
      )
      return Boolean(
        card &&
          canvas &&
          card.x >= canvas.x &&
          card.y >= canvas.y &&
          card.x + card.width <= canvas.x + canvas.width &&
          card.y + card.height <= canvas.y + canvas.height,
      )
    }
    expect(await zoom()).toBeGreaterThanOrEqual(0.6)
    expect(await isInView('start')).toBe(true)
    await page.getByRole('button', { name: 'Fit view' }).click()
    await expect.poll(zoom).toBeLessThan(0.6)
    const last = askew.nodes.at(-1)?.id ?? ''
    await page.goto(`/campaigns/${on.id}/builder?node=${last}`)
    await expect.poll(() => isInView(last)).toBe(true)
    expect(await zoom()).toBeGreaterThanOrEqual(0.6)
    expect(on.faults).toEqual([])
  })

  test('showing everything leaves room for the map and the buttons', async () => {
    const on = await start.open(askew)
    const { page } = on
    const isClear = async () => {
      const lids = await Promise.all(
        ['.react-flow__minimap', '.react-flow__controls'].map((lid) => page.locator(lid).boundingBox()),
      )
      const cards = await Promise.all((await page.locator('.tl-step').all()).map((card) => card.boundingBox()))
      expect(cards).toHaveLength(16)
      const apart = (a: Box, b: Box) =>
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
      return cards.every((card) => card && lids.every((lid) => lid && apart(card, lid)))
    }
    const showAll = () => page.getByRole('button', { name: 'Fit view' }).click()
    await showAll()
    await expect.poll(isClear).toBe(true)
    // Low and wide: the lowest row would come to lie in the corner of the map.
    await on.put({
      ...askew,
      layout: Object.fromEntries(askew.nodes.map((node, n) => [node?.id, { x: n * 300, y: n * 190 }])),
    })
    await on.load()
    await showAll()
    await expect.poll(isClear).toBe(true)
    await page.mouse.move(600, 400)
    await page.mouse.wheel(200, 300)
    await showAll()
    await expect.poll(isClear).toBe(true)
    expect(on.faults).toEqual([])
  })

  test('live counts are of those who were enrolled in the time that is chosen, which the address keeps', async () => {
    const { app } = start
    const customerIds = await addCustomers(app, 4)
    const id = await makeActive(app, { audience: { type: 'list', customerIds }, enroll: 'now' })
    await app.drain()
    await sql`
      update run set started_at = now() - interval '20 days' where campaign_id = ${id} and customer_id = any(${customerIds.slice(0, 3)}::uuid[])
    `.execute(app.app.db)
    // The numbers are sums that follow the runs.
    await app.drain()
    const { page, faults } = await start.prepare()
    await page.goto(`/campaigns/${id}/builder`)
    const passed = page.getByTestId('step-start').getByRole('button', { name: /passed$/ })
    await expect.poll(() => passed.textContent()).toBe('4 passed')
    const range = page.getByRole('combobox', { name: 'Live counts of those enrolled in' })
    await range.click()
    await page.getByRole('option', { name: '7 days' }).click()
    await expect.poll(() => passed.textContent()).toBe('1 passed')
    expect(new URL(page.url()).searchParams.get('range')).toBe('7d')
    await page.reload()
    await expect.poll(() => passed.textContent()).toBe('1 passed')
    // Who is on a step now is there whenever they came.
    await page.getByTestId('step-wait-1').getByRole('button', { name: '4 here now' }).waitFor()
    await range.click()
    await page.getByRole('option', { name: 'All time' }).click()
    await expect.poll(() => passed.textContent()).toBe('4 passed')
    expect(new URL(page.url()).searchParams.has('range')).toBe(false)
    expect(faults).toEqual([])
  })

  test('the labels of a split stand clear of its lines, however close its branches are', async () => {
    const branches = ['a', 'b', 'c', 'd'].map((id) => ({ id, label: `Branch ${id}`, weight: 1 }))
    const on = await start.open({
      nodes: [
        line.nodes[0],
        { id: 'split', type: 'random-split', title: 'Split', config: { branches } },
        ...branches.map(({ id }) => ({ ...line.nodes[3], id: `exit-${id}` })),
      ],
      edges: [
        { id: 'into', source: 'start', target: 'split', when: null },
        ...branches.map(({ id }) => ({ id: `e-${id}`, source: 'split', target: `exit-${id}`, when: id })),
      ],
      layout: {
        start: { x: 450, y: 0 },
        split: { x: 450, y: 150 },
        ...Object.fromEntries(branches.map(({ id }, n) => [`exit-${id}`, { x: n * 300, y: 276 }])),
      },
    })
    await on.page.locator('.tl-edge-pill').nth(3).waitFor()
    const crossed = await on.page.evaluate(`(() => {
      const pills = [...document.querySelectorAll('.tl-edge-pill rect')].map((pill) => pill.getBoundingClientRect());
      const lines = [...document.querySelectorAll('.react-flow__edge path.react-flow__edge-path')].flatMap((line) => {
        const toScreen = line.getScreenCTM(), length = line.getTotalLength();
        return Array.from({ length: 400 }, (_, n) => line.getPointAtLength((n / 399) * length).matrixTransform(toScreen));
      });
      // The way down to the card that it labels runs through its middle.
      return pills.filter((pill) => lines.some(({ x, y }) => x > pill.left && x < pill.right && y > pill.top && y < pill.bottom && Math.abs(x - (pill.left + pill.right) / 2) > 2)).length;
    })()`)
    expect(crossed).toBe(0)
  })
})

import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { describeInBrowser, saved } from './browser.ts'
import { type OnCanvas, testsOnCanvas } from './on-canvas.ts'

const step = (id: string, type: string, config: Record<string, unknown> = {}) => ({
  id,
  type,
  title: `The ${id}`,
  config,
})
const edge = (id: string, source: string, target: string, when: string | null = null) => ({ id, source, target, when })

/** A split whose branches both lead to one email that is followed by outcome. */
const branching = {
  nodes: [
    step('start', 'trigger'),
    step('split', 'conditional-split', {
      branches: [
        { id: 'vn', label: 'Vietnam' },
        { id: 'rest', label: 'Elsewhere', default: true },
      ],
    }),
    step('vn-path', 'path', { match: 'all', rules: [{ input: 'customer.country', condition: 'equals', value: 'VN' }] }),
    step('rest-path', 'path', { match: 'all', rules: [] }),
    step('mail', 'email-send', { subject: 'Hello', body: 'Hi' }),
    step('wait', 'wait', { waitType: 'duration', durationMs: 86_400_000 }),
    step('tag', 'add-tag', { name: 'answered' }),
    step('end', 'exit'),
  ],
  edges: [
    edge('a', 'start', 'split'),
    edge('b', 'split', 'vn-path', 'vn'),
    edge('c', 'split', 'rest-path', 'rest'),
    edge('d', 'vn-path', 'mail'),
    edge('e', 'rest-path', 'wait'),
    edge('f', 'wait', 'mail'),
    edge('g', 'mail', 'tag', 'replied'),
    edge('h', 'mail', 'end', null),
    edge('i', 'mail', 'end', 'bounced'),
  ],
  layout: {
    start: { x: 300, y: 0 },
    split: { x: 300, y: 150 },
    'vn-path': { x: 100, y: 300 },
    'rest-path': { x: 500, y: 300 },
    wait: { x: 500, y: 450 },
    mail: { x: 300, y: 600 },
    tag: { x: 100, y: 800 },
    end: { x: 500, y: 800 },
  },
}

describeInBrowser('the builder checks and lists', () => {
  const start = testsOnCanvas()
  let on: OnCanvas
  let page: Page
  let faults: string[]

  beforeEach(async () => {
    on = await start.prepare()
    ;({ page, faults } = on)
  })

  const open = async (graph: object) => {
    await on.put(graph)
    await on.load()
  }
  const canvas = () => on.canvas
  const problems = () => page.getByRole('region', { name: 'Problems' })

  test('says what is wrong as one edits while no save gets through, and takes it back when it is right', async () => {
    await page.route('**/api/v1/campaigns/*/workflow**', (route) =>
      route.request().method() === 'GET' ? route.continue() : route.abort(),
    )
    await open({
      nodes: [step('start', 'trigger'), step('tag', 'add-tag', { name: 'vip' }), step('end', 'exit')],
      edges: [edge('a', 'start', 'tag'), edge('b', 'tag', 'end')],
      layout: { start: { x: 0, y: 0 }, tag: { x: 0, y: 150 }, end: { x: 0, y: 300 } },
    })
    await page.getByRole('button', { name: 'Validate no problems' }).click()
    await problems().getByText('No problems').waitFor()
    await page.getByTestId('step-tag').click()
    await canvas().focus()
    await page.keyboard.press('Shift+Delete')
    await problems().getByText('No way from the start leads to “The end”.').waitFor()
    await page.getByText(/kept on this device; retrying/).waitFor()
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await problems().getByText('No problems').waitFor()
    await page.getByTestId('step-tag').click()
    await page.locator('[data-field=name]').fill('')
    await problems()
      .getByText(/“Tag”|“Name”/)
      .waitFor()
    expect(faults).toEqual([])
  })

  test('keeps what the server alone knows while other steps change, and marks what it has not seen yet', async () => {
    const credentialId = '019f0000-0000-7000-8000-0000000000c1'
    const mail = step('mail', 'email-send', { credentialId, subject: 'Hello', body: 'Hi' })
    await open({
      nodes: [step('start', 'trigger'), mail, step('end', 'exit')],
      edges: [edge('a', 'start', 'mail'), edge('b', 'mail', 'end')],
      layout: { start: { x: 0, y: 0 }, mail: { x: 0, y: 150 }, end: { x: 0, y: 300 } },
    })
    const mark = page.getByTestId('step-mail').locator('.tl-step-mark')
    await mark.and(page.locator('[title*="no sender with this id"]')).waitFor()
    await page.route('**/api/v1/campaigns/*/workflow**', (route) => route.abort())
    await page.getByTestId('step-end').click()
    await canvas().focus()
    await page.keyboard.press('Delete')
    await page.getByText(/kept on this device; retrying/).waitFor()
    await expect.poll(() => mark.count()).toBe(1)
    await page.getByTestId('step-mail').click()
    await page.getByRole('button', { name: 'Close' }).first().waitFor()
    await expect.poll(() => mark.getAttribute('title')).toContain('no sender with this id')
    expect(faults).toEqual([])
  })

  test('walks the problems with F8, and a mark on a card leads to the first field at fault', async () => {
    await open({
      nodes: [step('start', 'trigger'), step('tag', 'add-tag'), step('task', 'create-task'), step('end', 'exit')],
      edges: [edge('a', 'start', 'tag'), edge('b', 'tag', 'task'), edge('c', 'task', 'end')],
      layout: { start: { x: 0, y: 0 }, tag: { x: 0, y: 150 }, task: { x: 0, y: 300 }, end: { x: 0, y: 450 } },
    })
    const drawer = page.getByRole('complementary', { name: /^Step: / })
    const field = () => page.evaluate('document.activeElement.closest("[data-field]")?.getAttribute("data-field")')
    await page.getByTestId('step-tag').locator('.tl-step-mark[data-severity=error]').waitFor()
    await canvas().focus()
    const seen: (string | null)[] = []
    for (const key of ['F8', 'F8', 'Shift+F8']) {
      const before = seen.at(-1)
      await page.keyboard.press(key)
      await drawer.and(page.locator(`:not([aria-label="${before}"])`)).waitFor()
      seen.push(await drawer.getAttribute('aria-label'))
    }
    expect(seen).toEqual(['Step: The tag', 'Step: The task', 'Step: The tag'])
    await page.keyboard.press('Escape')
    await page.getByTestId('step-task').locator('.tl-step-mark').click()
    await drawer.and(page.locator('[aria-label="Step: The task"]')).waitFor()
    await expect.poll(field).toBe('title')
    expect(faults).toEqual([])
  })

  test('lists in the outline each step under the one that leads to it, by name, level and way', async () => {
    await open(branching)
    await canvas().focus()
    await page.keyboard.press('o')
    const tree = page.getByRole('tree', { name: 'Workflow, 8 steps' })
    await tree.waitFor()
    const rows = await tree.getByRole('treeitem').evaluateAll((items) =>
      items.map((item) => {
        const way = item.querySelector('.tl-muted')?.textContent ?? ''
        return `${item.getAttribute('aria-level')} ${way.endsWith('→ ') ? way : ''}${item.querySelector('b')?.textContent}${item.textContent?.includes('continues as above') ? ' …' : ''}`
      }),
    )
    expect(rows).toEqual([
      '1 The start',
      '1 The split',
      '2 Vietnam → The vn-path',
      '2 The mail',
      '3 Replied → The tag',
      '3 Bounced → The end',
      '3 The end …',
      '2 Elsewhere → The rest-path',
      '2 The wait',
      '2 The mail …',
    ])
    const names = await tree
      .getByRole('treeitem')
      .evaluateAll((items) => items.map((item) => item.textContent?.trim() ?? ''))
    for (const { title } of branching.nodes) expect(names.some((name) => name.includes(title))).toBe(true)
    expect(faults).toEqual([])
  })

  test('has for each pill on a line the sentence that says who takes it', async () => {
    await open(branching)
    const pills = page.locator('.tl-edge-pill')
    await pills.first().waitFor()
    const labels = await pills.allTextContents()
    expect(labels.sort()).toEqual(['Bounced', 'Elsewhere', 'Replied', 'Vietnam'])
    const sentences: Record<string, string> = {}
    for (const label of labels) {
      const pill = pills.filter({ hasText: label })
      // The first click chooses the line, the second asks about it.
      await pill.click({ force: true })
      await pill.click({ force: true })
      const panel = page.getByRole('dialog', { name: 'Connection' })
      sentences[label] = (await panel.locator('p').nth(1).textContent()) ?? ''
      await panel.getByRole('button', { name: 'Close' }).click()
      await panel.waitFor({ state: 'detached' })
    }
    expect(sentences).toEqual({
      Bounced: 'Taken as soon as it comes back for good.',
      Elsewhere: expect.stringContaining('no other branch'),
      Replied: expect.stringContaining('reply'),
      Vietnam: expect.stringContaining('country is VN'),
    })
    expect(faults).toEqual([])
  })

  // UX §4.21, check 18.
  test('tidies 500 steps: none lies over another, and one undo puts them back', async () => {
    const nodes = [
      step('start', 'trigger'),
      ...Array.from({ length: 499 }, (_, n) => step(`tag-${n}`, 'add-tag', { name: `t${n}` })),
    ]
    // Ten in a row, so that rows hang on the first of the row above.
    const edges = nodes.slice(1).map((node, n) => edge(`e${n}`, nodes[n]?.id ?? '', node.id))
    const layout = Object.fromEntries(nodes.map((node, n) => [node.id, { x: (n % 7) * 40, y: (n % 11) * 30 }]))
    await open({ nodes, edges, layout })
    await canvas().focus()
    await page.keyboard.press('Shift+T')
    await page.getByText('Tidied up', { exact: true }).waitFor({ state: 'attached' })
    await saved(page)
    const spots = Object.values((await on.workflow()).layout)
    expect(spots).toHaveLength(500)
    const sorted = spots.sort((a, b) => a.y - b.y || a.x - b.x)
    const over = sorted.filter((spot, n) => {
      const next = sorted[n + 1]
      return next && next.y - spot.y < 84 && next.x - spot.x < 248
    })
    expect(over).toEqual([])
    await canvas().focus()
    await page.keyboard.press('Control+z')
    await page.getByText('Undid: Tidied up', { exact: true }).waitFor({ state: 'attached' })
    await saved(page)
    expect((await on.workflow()).layout).toEqual(layout)
    expect(faults).toEqual([])
  })
})

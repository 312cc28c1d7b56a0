import type { Page } from 'playwright-core'
import { beforeEach, expect, test } from 'vitest'
import { catalogue } from '../../src/catalogue/catalogue.ts'
import { describeInBrowser, saved } from './browser.ts'
import { type OnCanvas, testsOnCanvas } from './on-canvas.ts'

describeInBrowser('every node type in the builder', () => {
  const start = testsOnCanvas()
  let on: OnCanvas
  let page: Page
  let faults: string[]

  beforeEach(async () => {
    on = await start.prepare()
    ;({ page, faults } = on)
  })

  const open = async (nodes: unknown[], edges: unknown[] = [], layout = {}) => {
    await on.put({ nodes, edges, layout })
    await page.goto(`/campaigns/${on.id}/builder`)
    await on.canvas.waitFor()
  }
  const drawer = () => on.drawer

  test('draws each with its example, and shows each field that is in the open in its form', async () => {
    const types = Object.values(catalogue)
    const nodes = types.map(({ type, title, examples }) => ({ id: type, type, title, config: examples[0] ?? {} }))
    const layout = Object.fromEntries(
      types.map(({ type }, index) => [type, { x: (index % 6) * 300, y: Math.floor(index / 6) * 150 }]),
    )
    await open(nodes, [], layout)
    const missing: string[] = []
    for (const { type, title, config } of types) {
      const card = page.getByTestId(`step-${type}`)
      // Some lie outside of what is to be seen.
      await card.dispatchEvent('click')
      await drawer()
        .getByRole('textbox', { name: 'Name of the step' })
        .and(page.locator(`[value="${title}"]`))
        .waitFor()
      if (!(await card.innerText()).includes(title)) missing.push(`${type}: its card does not name it`)
      const fields = Object.entries((config.properties ?? {}) as Record<string, Record<string, unknown>>)
      for (const [name, field] of fields) {
        if (field['x-section'] !== undefined || field['x-hidden'] === true) continue
        if ((await drawer().getByText(String(field.title), { exact: false }).count()) === 0)
          missing.push(`${type}.${name}`)
      }
    }
    expect(missing).toEqual([])
    expect(faults).toEqual([])
  })

  test('edits a random split: weights, shares, and the edge of a branch that is gone goes with it', async () => {
    const branches = [
      { id: 'a', label: 'Short', weight: 50 },
      { id: 'b', label: 'Long', weight: 50 },
      { id: 'c', label: 'None', weight: 0 },
    ]
    const node = (name: string, type: string, config = {}) => ({ id: name, type, title: name, config })
    const edge = (source: string, target: string, when: string | null) => ({ id: target, source, target, when })
    await open(
      [
        node('start', 'trigger'),
        node('split', 'random-split', { branches }),
        node('exit-a', 'exit'),
        node('exit-b', 'exit'),
      ],
      [edge('start', 'split', null), edge('split', 'exit-a', 'a'), edge('split', 'exit-b', 'b')],
      { start: { x: 0, y: 0 }, split: { x: 0, y: 150 }, 'exit-a': { x: -150, y: 300 }, 'exit-b': { x: 150, y: 300 } },
    )
    await page.getByTestId('step-split').click()
    const weight = drawer().getByRole('textbox', { name: 'Branch 1: weight' })
    await weight.fill('150')
    await drawer().getByText('75 % of customers').waitFor()
    await weight.blur()
    await drawer().getByRole('button', { name: 'Remove branch 2' }).click()
    await saved(page)
    const graph = await on.workflow()
    expect(graph.nodes.find((one) => one.id === 'split')?.config.branches).toEqual([
      { id: 'a', label: 'Short', weight: 150 },
      { id: 'c', label: 'None', weight: 0 },
    ])
    expect(graph.edges.map((one) => one.when)).toEqual([null, 'a'])
    expect(faults).toEqual([])
  })

  test('sets up a wait for an event with a rule on its properties', async () => {
    const nodes = [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      { id: 'wait', type: 'wait-for-event', title: 'Wait', config: { timeoutMs: 86_400_000 } },
    ]
    const layout = { start: { x: 0, y: 0 }, wait: { x: 0, y: 150 } }
    await open(nodes, [{ id: 'e', source: 'start', target: 'wait', when: null }], layout)
    await page.getByTestId('step-wait').click()
    await drawer().getByLabel('Event', { exact: false }).first().fill('deal.won')
    await drawer().getByRole('button', { name: 'Add rule' }).click()
    await drawer().getByLabel('Rule 1: what to look at').fill('amount')
    await drawer().getByLabel('Rule 1: value').fill('100')
    await drawer().getByLabel('Rule 1: value').blur()
    await saved(page)
    const graph = await on.workflow()
    expect(graph.nodes[1]?.config).toEqual({
      event: 'deal.won',
      filter: { rules: [{ input: 'amount', condition: 'equals', value: '100' }] },
      timeoutMs: 86_400_000,
    })
    expect(faults).toEqual([])
  })
})

import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type AiServer, startAiServer } from '../ai-server.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { addCustomers } from '../campaign.ts'
import {
  describeInBrowser,
  expectAccessible,
  openBrowser,
  openPage,
  portray,
  portrayFailure,
  saved,
  webDir,
} from './browser.ts'
import { openContext } from './signed-in.ts'

describeInBrowser('AI Generate', () => {
  let app: TestApp
  let model: AiServer
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let faults: string[]
  let id: string

  beforeAll(async () => {
    browser = await openBrowser()
    model = await startAiServer()
    app = await startTestApp({ webDir, env: { ALLOW_PRIVATE_HOSTS: model.host } })
    await addCustomers(app, 3)
    await app.request('POST', '/segments', { body: { name: 'Warm leads', kind: 'static' } })
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
    await model?.close()
  })

  beforeEach(async () => {
    const made = await app.request('POST', '/campaigns', { body: { name: 'Outreach', audience: { type: 'all' } } })
    id = made.body.id
    await app.request('PUT', `/campaigns/${id}/workflow`, {
      body: {
        nodes: [
          { id: 'start', type: 'trigger', title: 'Trigger', config: {} },
          { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 86_400_000 } },
          { id: 'add-tag-1', type: 'add-tag', title: 'Tag old', config: { name: 'old' } },
        ],
        edges: [
          { id: 'a', source: 'start', target: 'wait-1' },
          { id: 'b', source: 'wait-1', target: 'add-tag-1' },
        ],
        layout: { start: { x: 0, y: 0 }, 'wait-1': { x: 0, y: 150 }, 'add-tag-1': { x: 0, y: 300 } },
      },
    })
    context = await openContext(browser, app)
    ;({ page, faults } = await openPage(context))
  })
  afterEach(async ({ task }) => {
    await portrayFailure(page, task)
    await context.close()
  })

  const workflow = async () => {
    const { version: _, ...graph } = (await app.request('GET', `/campaigns/${id}/workflow`)).body
    return graph
  }
  const panel = () => page.getByRole('complementary', { name: 'AI Generate' })
  const open = async () => {
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByTestId('step-start').waitFor()
    await page.getByRole('button', { name: 'AI Generate' }).click()
  }
  const ask = async (text: string) => {
    await panel().getByRole('textbox').fill(text)
    await page.keyboard.press('Control+Enter')
  }

  test('goes from words to a difference on the canvas, to the draft, and back to the byte', async () => {
    const before = await workflow()
    await open()
    await panel().getByText('is no model').waitFor()
    await expectAccessible(page, 'the empty panel')
    await ask(
      'Send an email about pricing, wait 3 days, add them to the segment "VIP". If they reply at any point, hand off to sales. Juggle.',
    )
    await panel().getByTestId('ai-counts').waitFor()
    expect(await panel().getByTestId('ai-counts').textContent()).toBe(
      '5 added, 0 changed, 2 removed · 2 errors, 0 warnings',
    )
    await expect.poll(() => page.getByTestId('step-email-1').getAttribute('data-change')).toBe('added')
    await expect.poll(() => page.getByTestId('step-add-tag-1').getAttribute('data-change')).toBe('removed')
    expect(await page.getByTestId('step-start').getAttribute('data-change')).toBeNull()
    await panel().getByText('Line 1: “Juggle”').waitFor()
    await expect
      .poll(() => panel().getByTestId('ai-consequence').textContent())
      .toContain('Replaces or changes 2 steps')
    await expectAccessible(page, 'a proposal')
    await portray(page, 'ai-proposal')
    expect(await workflow()).toEqual(before)

    await panel().getByTestId('ai-preflight').getByText('3 customers would enroll, 3 of them can be reached').waitFor()
    await panel().getByRole('button', { name: 'Simulate the proposal' }).click()
    expect(await panel().getByTestId('ai-simulate-wants').getByRole('listitem').allTextContents()).toEqual([
      'Into VIP: Segment',
    ])
    await panel()
      .getByRole('combobox', { name: /Segment/ })
      .click()
    await page.getByRole('option', { name: 'Warm leads' }).click()
    await panel().getByTestId('ai-simulate-wants').waitFor({ state: 'detached' })
    await panel().getByRole('button', { name: 'Simulate the proposal' }).click()
    await panel().getByTestId('ai-simulated').getByText('3 customers, 3 messages on 1 day; 1 empty text').waitFor()
    await expectAccessible(page, 'a simulated proposal')
    await portray(page, 'ai-simulated')
    expect(await workflow()).toEqual(before)
    await panel().getByText('After', { exact: true }).click()
    await page.getByTestId('step-add-tag-1').waitFor({ state: 'detached' })
    await panel().getByRole('button', { name: 'Apply' }).click()
    await panel().waitFor({ state: 'detached' })
    await page.getByTestId('step-email-1').waitFor()
    await saved(page)
    const applied = await workflow()
    expect(applied.nodes.map((node: { id: string }) => node.id)).toEqual(
      expect.arrayContaining(['start', 'email-1', 'wait-2', 'add-to-segment-1', 'at-any-point-1', 'exit-handoff-1']),
    )
    expect(applied.nodes.find((node: { id: string }) => node.id === 'add-to-segment-1').config.segmentId).toMatch(
      /^[0-9a-f-]{36}$/,
    )
    expect((await app.request('GET', `/campaigns/${id}`)).body.status).toBe('draft')

    await page.getByRole('button', { name: 'Undo' }).first().click()
    await page.getByTestId('step-add-tag-1').waitFor()
    await saved(page)
    expect(JSON.stringify(await workflow())).toBe(JSON.stringify(before))
    expect(faults).toEqual([])
  })

  test('keeps the draft before it is applied, and the history brings it back after the undo is gone', async () => {
    const before = await workflow()
    await open()
    await ask('Tag them as new')
    await panel().getByTestId('ai-counts').waitFor()
    await panel().getByRole('button', { name: 'Apply' }).click()
    await panel().waitFor({ state: 'detached' })
    await page.getByTestId('step-add-tag-1').waitFor({ state: 'detached' })
    await saved(page)
    await page.reload()
    await page.getByTestId('step-start').waitFor()
    await page.getByRole('button', { name: 'History' }).click()
    const history = page.getByRole('complementary', { name: 'History' })
    await history.getByText('Versions').click()
    const kept = history.getByRole('region', { name: 'Checkpoints of the draft' })
    await kept.getByText('before AI Generate').waitFor()
    const row = kept.locator('.tl-version').filter({ hasText: 'before AI Generate' })
    await row.getByRole('button', { name: 'Compare with the draft' }).click()
    await page.getByText(/The draft before AI Generate at .*; nothing here can be changed/).waitFor()
    await page.getByTestId('step-wait-1').waitFor()
    await portray(page, 'ai-checkpoint')
    await expectAccessible(page, 'a checkpoint')
    await kept
      .getByRole('button', { name: /Restore to draft: the draft before AI Generate/ })
      .first()
      .click()
    await page.getByTestId('step-add-tag-1').waitFor()
    await saved(page)
    const after = await workflow()
    const byId = (list: { id: string }[]) => [...list].sort((a, b) => a.id.localeCompare(b.id))
    expect(byId(after.nodes)).toEqual(byId(before.nodes))
    expect(byId(after.edges)).toEqual(byId(before.edges))
    expect(after.layout).toEqual(before.layout)
    expect(faults).toEqual([])
  })

  test('changes the selected step alone', async () => {
    await page.goto(`/campaigns/${id}/builder`)
    await page.getByTestId('step-wait-1').click()
    await page.getByRole('button', { name: 'AI Generate' }).click()
    await panel().getByText('Selection (1)').click()
    await ask('Wait 5 days. Tag them as warm.')
    await panel().getByTestId('ai-counts').waitFor()
    await expect.poll(() => panel().getByTestId('ai-counts').textContent()).toContain('2 added, 0 changed, 1 removed')
    await panel().getByText('Only 1 selected step may change').waitFor()
    expect(await page.getByTestId('step-add-tag-1').getAttribute('data-change')).toBeNull()
    await expectAccessible(page, 'a proposal for a selection')
    await panel().getByRole('button', { name: 'Apply' }).click()
    await panel().waitFor({ state: 'detached' })
    await page.getByTestId('step-wait-1').waitFor({ state: 'detached' })
    await saved(page)
    const { nodes, edges } = await workflow()
    expect(nodes.map((node: { id: string }) => node.id)).toEqual(expect.arrayContaining(['start', 'add-tag-1']))
    expect(nodes).toHaveLength(4)
    expect(edges.filter((edge: { target: string }) => edge.target === 'add-tag-1')).toHaveLength(1)
    expect(faults).toEqual([])
  })

  test('takes a part, follows a further word, and keeps nothing of what is discarded', async () => {
    const before = await workflow()
    await open()
    await ask('Email "A". Wait 2 days. Email "B". Wait 2 days. Email "C".')
    await panel().getByTestId('ai-counts').waitFor()
    await ask('make it shorter')
    await panel().getByText('3 added, 0 changed, 2 removed').waitFor()
    await panel()
      .getByRole('checkbox', { name: /Removes “Tag old”/ })
      .uncheck()
    await panel().getByText('3 added, 0 changed, 1 removed').waitFor()
    await panel().getByRole('button', { name: 'Discard' }).click()
    await page.getByTestId('step-wait-1').waitFor()
    expect(await workflow()).toEqual(before)
    expect(faults).toEqual([])
  })

  const connectModel = async () => {
    model.script({ say: '{"ready": true}' })
    const made = await app.request('POST', '/ai/providers', {
      body: {
        kind: 'openai-compatible',
        name: 'Scripted',
        model: 'writer-1',
        apiKey: 'sk-scripted',
        baseUrl: model.url,
      },
    })
    expect(made.body.test).toMatchObject({ ok: true })
    await app.request('PATCH', `/ai/providers/${made.body.id}`, { body: { isChat: true } })
    return async () => {
      await app.request('DELETE', `/ai/providers/${made.body.id}`)
    }
  }
  const written = async () => {
    const credentials = await app.request('GET', '/credentials')
    const mail = {
      credentialId: credentials.body.items[0].id,
      templateName: null,
      subject: 'Hello',
      body: 'Good to have you.',
    }
    const nodes = [
      { id: 'start', type: 'trigger', title: 'Trigger', config: {} },
      { id: 'welcome-1', type: 'email-send', title: 'Welcome', config: mail },
      { id: 'exit-1', type: 'exit', title: 'The end', config: {} },
    ]
    const edges = [
      { source: 'start', target: 'welcome-1', when: null },
      { source: 'welcome-1', target: 'exit-1', when: null },
    ]
    return JSON.stringify({ summary: 'One welcome, then the end.', nodes, edges, notes: [] })
  }

  test('shows what a model writes while it writes, as a difference, in the draft, and back to the byte', async () => {
    const disconnect = await connectModel()
    try {
      const before = await workflow()
      const say = await written()
      const go = Promise.withResolvers<void>()
      model.script({ say, pause: { at: say.indexOf('"exit-1"'), until: go.promise } })
      await open()
      await panel().getByText('writer-1 answers (Scripted)').waitFor()
      await ask('Welcome them')
      const stages = panel().getByTestId('ai-stages')
      await stages.getByRole('listitem').filter({ hasText: 'Welcome' }).waitFor()
      await stages.getByText('Reading your setup').waitFor()
      await stages.getByText('Asking writer-1').waitFor()
      await expect.poll(() => stages.getByRole('listitem').allTextContents()).toEqual(['Trigger', 'Welcome'])
      expect(await workflow()).toEqual(before)
      await portray(page, 'ai-writing')
      go.resolve()
      await panel().getByTestId('ai-counts').waitFor()
      expect(await panel().getByTestId('ai-counts').textContent()).toBe(
        '2 added, 0 changed, 2 removed · 0 errors, 0 warnings',
      )
      await panel().getByText('1,500 tokens').waitFor()
      await panel().getByText('One welcome, then the end.').waitFor()
      await expect.poll(() => page.getByTestId('step-welcome-1').getAttribute('data-change')).toBe('added')
      await expect.poll(() => page.getByTestId('step-wait-1').getAttribute('data-change')).toBe('removed')
      await panel().getByTestId('ai-preflight').getByText('Nothing would stand in the way').waitFor()
      expect(await workflow()).toEqual(before)

      await panel().getByRole('button', { name: 'Apply' }).click()
      await panel().waitFor({ state: 'detached' })
      await page.getByTestId('step-wait-1').waitFor({ state: 'detached' })
      await saved(page)
      const applied = await workflow()
      expect(applied.nodes.map((node: { id: string }) => node.id).sort()).toEqual(['exit-1', 'start', 'welcome-1'])
      await page.getByRole('button', { name: 'Undo' }).first().click()
      await page.getByTestId('step-wait-1').waitFor()
      await saved(page)
      expect(JSON.stringify(await workflow())).toBe(JSON.stringify(before))
      expect(faults).toEqual([])
    } finally {
      await disconnect()
    }
  })

  test('is stopped half-way: the model is hung up on, and everything is as it was', async () => {
    const disconnect = await connectModel()
    try {
      const before = (await app.request('GET', `/campaigns/${id}/workflow`)).body
      const say = await written()
      model.script({ stallAfter: say.slice(0, say.indexOf('"exit-1"')) })
      await open()
      await ask('Welcome them')
      await panel().getByTestId('ai-stages').getByRole('listitem').filter({ hasText: 'Welcome' }).waitFor()
      await panel().getByRole('button', { name: 'Stop' }).click()
      await panel().getByTestId('ai-stages').waitFor({ state: 'detached' })
      await page.getByText('Stopped. Nothing was changed.').waitFor({ state: 'attached' })
      expect(await panel().getByTestId('ai-counts').count()).toBe(0)
      expect(await panel().getByRole('alert').count()).toBe(0)
      await expect.poll(() => panel().getByRole('textbox').inputValue()).toBe('Welcome them')
      await page.getByTestId('step-add-tag-1').waitFor()
      expect(await page.getByTestId('step-welcome-1').count()).toBe(0)
      await expect
        .poll(async () => (await app.request('GET', '/ai/usage')).body.items[0])
        .toMatchObject({ kind: 'workflow', outcome: 'stopped' })
      const after = (await app.request('GET', `/campaigns/${id}/workflow`)).body
      expect(JSON.stringify(after)).toBe(JSON.stringify(before))
      expect(faults).toEqual([])
    } finally {
      await disconnect()
    }
  })

  test('offers a ready-made campaign when there is no step to read', async () => {
    await open()
    await ask('We want to win back lost customers')
    await panel()
      .getByRole('button', { name: /Win-back/i })
      .click()
    await panel().getByTestId('ai-counts').waitFor()
    await panel().getByText('Ready-made campaign', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })
})

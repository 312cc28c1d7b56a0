import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startTestApp, type TestApp } from '../app.ts'
import { openBrowser, openPage, portrayFailure, webDir } from './browser.ts'
import { openContext } from './signed-in.ts'

/** A workflow as the API reads it. */
export interface Graph {
  nodes: { id: string; type: string; title: string; config: Record<string, unknown> }[]
  edges: { id: string; source: string; target: string; when: string | null }[]
  layout: Record<string, { x: number; y: number }>
  version: number
}

/** trigger → wait → tag → exit, one below the other. */
export const line: Omit<Graph, 'version'> = {
  nodes: [
    { id: 'start', type: 'trigger', title: 'Trigger', config: {} },
    { id: 'wait-1', type: 'wait', title: 'Wait', config: { waitType: 'duration', durationMs: 86_400_000 } },
    { id: 'tag-1', type: 'add-tag', title: 'Add tag', config: { name: 'reached' } },
    { id: 'exit-1', type: 'exit', title: 'Exit', config: {} },
  ],
  edges: [
    { id: 'a', source: 'start', target: 'wait-1', when: null },
    { id: 'b', source: 'wait-1', target: 'tag-1', when: null },
    { id: 'c', source: 'tag-1', target: 'exit-1', when: null },
  ],
  layout: { start: { x: 0, y: 0 }, 'wait-1': { x: 0, y: 150 }, 'tag-1': { x: 0, y: 300 }, 'exit-1': { x: 0, y: 450 } },
}

/** The ways of a workflow, sorted: `start>wait-1`, `mail>exit:replied`. */
export const waysOf = (graph: Pick<Graph, 'edges'>): string[] =>
  graph.edges.map(({ source, target, when }) => `${source}>${target}${when === null ? '' : `:${when}`}`).sort()

/** An app and a browser for the tests of a `describe`, which call this first; what a test opened is closed after it. */
export function testsOnCanvas() {
  let browser: Browser
  let app: TestApp
  let opened: BrowserContext[] = []
  let page: Page | undefined

  beforeAll(async () => {
    browser = await openBrowser()
    app = await startTestApp({ webDir })
  })
  afterAll(async () => {
    await browser?.close()
    await app?.close()
  })
  afterEach(async ({ task }) => {
    if (page) await portrayFailure(page, task)
    for (const context of opened) await context.close()
    opened = []
    page = undefined
  })

  /** A draft for all customers with this workflow, and a page that is signed in and has nothing open yet. */
  const prepare = async (workflow: object = line, options: Parameters<typeof openContext>[2] = {}) => {
    const made = await app.request('POST', '/campaigns', { body: { name: 'Outreach', audience: { type: 'all' } } })
    const id: string = made.body.id
    const put = async (graph: object) => {
      const answer = await app.request('PUT', `/campaigns/${id}/workflow`, { body: graph })
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
    }
    await put(workflow)
    const context = await openContext(browser, app, options)
    opened.push(context)
    const watched = await openPage(context)
    page = watched.page
    return {
      ...watched,
      id,
      context,
      put,
      canvas: watched.page.getByRole('application'),
      drawer: watched.page.getByRole('complementary', { name: /^Step: / }),
      step: (stepId: string) => watched.page.getByTestId(`step-${stepId}`),
      workflow: async (): Promise<Graph> => (await app.request('GET', `/campaigns/${id}/workflow`)).body,
      async load(on: Page = watched.page) {
        await on.goto(`/campaigns/${id}/builder`)
        await on.getByTestId('step-start').waitFor()
      },
    }
  }
  return {
    get app() {
      return app
    },
    prepare,
    /** The same, with the builder open. */
    async open(...given: Parameters<typeof prepare>) {
      const on = await prepare(...given)
      await on.load()
      return on
    },
  }
}

/** A page with a workflow on its canvas. */
export type OnCanvas = Awaited<ReturnType<ReturnType<typeof testsOnCanvas>['prepare']>>

/** Drags with the pointer, slowly enough to be seen; `before` happens before it lets go. */
export async function drag(
  { mouse }: Page,
  from: { x: number; y: number },
  to: { x: number; y: number },
  before?: () => Promise<void>,
): Promise<void> {
  await mouse.move(from.x, from.y)
  await mouse.down()
  await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 })
  await mouse.move(to.x, to.y, { steps: 5 })
  await mouse.move(to.x + 1, to.y)
  await mouse.move(to.x, to.y)
  await before?.()
  await mouse.up()
}

/** The middle of what is drawn, on the screen. */
export async function middleOf(on: { boundingBox(): ReturnType<ReturnType<Page['locator']>['boundingBox']> }) {
  const box = await on.boundingBox()
  if (!box) throw new Error('It is not on the screen.')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

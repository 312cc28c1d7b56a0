import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startTestApp, type TestApp } from '../app.ts'
import { openBrowser, openPage, webDir } from './browser.ts'
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

/** An app and a browser for tests of the builder; each test gets a page that is signed in and a campaign with a workflow. */
export async function startOnCanvas() {
  const browser: Browser = await openBrowser()
  const app: TestApp = await startTestApp({ webDir })
  return {
    app,
    browser,
    /** A draft for all customers with this workflow, and a page that has it open. */
    async open(workflow: object = line) {
      const made = await app.request('POST', '/campaigns', { body: { name: 'Outreach', audience: { type: 'all' } } })
      const id: string = made.body.id
      const put = await app.request('PUT', `/campaigns/${id}/workflow`, { body: workflow })
      if (put.status !== 200) throw new Error(JSON.stringify(put.body))
      const context: BrowserContext = await openContext(browser, app)
      const { page, faults } = await openPage(context)
      const onCanvas = {
        id,
        context,
        page,
        faults,
        canvas: page.getByRole('application'),
        drawer: page.getByRole('complementary', { name: /^Step: / }),
        step: (stepId: string) => page.getByTestId(`step-${stepId}`),
        workflow: async (): Promise<Graph> => (await app.request('GET', `/campaigns/${id}/workflow`)).body,
        async load() {
          await page.goto(`/campaigns/${id}/builder`)
          await page.getByTestId('step-start').waitFor()
        },
      }
      await onCanvas.load()
      return onCanvas
    },
    async close() {
      await browser.close()
      await app.close()
    },
  }
}

/** A page with a workflow on its canvas. */
export type OnCanvas = Awaited<ReturnType<Awaited<ReturnType<typeof startOnCanvas>>['open']>>

/** The middle of what is drawn, on the screen. */
export async function middleOf(on: { boundingBox(): ReturnType<ReturnType<Page['locator']>['boundingBox']> }) {
  const box = await on.boundingBox()
  if (!box) throw new Error('It is not on the screen.')
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

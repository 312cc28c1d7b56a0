/** What `bench ui` does in the builder: moves about, edits, and goes on editing. */
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { saved } from '../test/e2e/browser.ts'
import { checkMs, drag, emptySpot, heapMb, type Motion, median, motion, press } from './ui-page.ts'

/** Cards on the map, which shows all of them, however few the canvas draws. */
const cards = `document.querySelectorAll('.react-flow__minimap-node').length`

/** Opens a campaign's builder and waits until it has settled. */
export async function openBuilder(context: BrowserContext, id: string): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  await page.goto(`/campaigns/${id}/builder`)
  await page.locator('.tl-step').first().waitFor()
  await page.waitForTimeout(1_500)
  return page
}

/** All steps of a campaign as clipboard text. */
export async function copied(context: BrowserContext, id: string): Promise<string> {
  const page = await openBuilder(context, id)
  await page.getByRole('application').focus()
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Control+c')
  await page.getByText('Copied', { exact: true }).waitFor({ state: 'attached' })
  const text = String(await page.evaluate('navigator.clipboard.readText()'))
  await page.close()
  return text
}

/** Walks to the first email, the camera goes along, and selects the wait below it. */
async function chooseWait(page: Page): Promise<void> {
  const canvas = page.getByRole('application')
  await canvas.focus()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Escape')
  // The first press selects the trigger.
  for (let n = 0; n < 3; n += 1) await page.keyboard.press('ArrowDown')
  await page.waitForTimeout(400)
  await page.getByTestId('step-wait-0-a').click()
  await page.keyboard.press('Escape')
  await page.waitForTimeout(400)
  await canvas.focus()
}

/** Frames while one moves about. */
export interface Moves {
  panAllInView: Motion
  pan: Motion
  zoom: Motion
  dragStep: Motion
}

/** Pans with everything in view, then at life size; drags a step; zooms. Ends with that step, a wait, selected. */
export async function moveAbout(page: Page, session: CDPSession): Promise<Moves> {
  const canvas = page.getByRole('application')
  const panAllInView = await motion(page, session, () => drag(page, { x: 400, y: 640 }, 120, 160))
  await canvas.focus()
  await page.keyboard.press('0')
  await page.waitForTimeout(300)
  await chooseWait(page)
  const spot = await emptySpot(page)
  const pan = await motion(page, session, () => drag(page, spot, 120, 160))
  await chooseWait(page)
  const box = await page.locator('.tl-step[data-selected]').boundingBox()
  if (!box) throw new Error('No step is selected.')
  const dragStep = await motion(page, session, () => drag(page, { x: box.x + 90, y: box.y + 40 }, 80, 60))
  await canvas.focus()
  await page.keyboard.press('Control+z')
  await saved(page)
  const zoom = await motion(page, session, async () => {
    await page.mouse.move(700, 450)
    await page.keyboard.down('Control')
    for (let n = 0; n < 60; n += 1) await page.mouse.wheel(0, n < 30 ? 20 : -20)
    await page.keyboard.up('Control')
  })
  await canvas.focus()
  return { panAllInView, pan, zoom, dragStep }
}

/** How long one waits for what one does, in ms. */
export interface Deeds {
  openFirstMs: number
  openDrawerMs: number
  keystrokeMs: number
  checkMs: number
  deleteMs: number
  undoMs: number
  insertMs: number
  pasteMs: number
  tidyMs: number
}

/** Edits with a wait selected: opens it, types, deletes, takes back, inserts, pastes `clip`, tidies up. All is undone but the typing. */
export async function edit(page: Page, clip: string): Promise<Deeds> {
  const canvas = page.getByRole('application')
  const isOpen = `document.querySelector('[data-title-field]') !== null`
  // The first time its parts are made, too; a person opens it many times.
  const openFirstMs = await press(page, 'Enter', isOpen)
  const opened: number[] = []
  for (let n = 0; n < 3; n += 1) {
    await page.keyboard.press('Escape')
    await page.waitForTimeout(300)
    await canvas.focus()
    opened.push(await press(page, 'Enter', isOpen))
  }
  const field = page.getByRole('textbox', { name: 'How long' })
  await field.focus()
  const keys: number[] = []
  for (const key of '3d 4h 5m 6s 7d 8h 9m 1s 2d 3h') keys.push(await press(page, key === ' ' ? 'Space' : key))
  await field.fill('2d')
  await page.keyboard.press('Escape')
  await saved(page)
  await canvas.focus()
  const checked = await checkMs(page)
  const before = Number(await page.evaluate(cards))
  const deletes: number[] = []
  const undoes: number[] = []
  const inserts: number[] = []
  for (let n = 0; n < 3; n += 1) {
    deletes.push(await press(page, 'Delete', `${cards} === ${before - 1}`))
    await page.waitForTimeout(300)
    await canvas.focus()
    undoes.push(await press(page, 'Control+z', `${cards} === ${before}`))
    await saved(page)
    await chooseWait(page)
    await page.keyboard.press('a')
    await page.getByRole('dialog').waitFor()
    await page.waitForTimeout(300)
    inserts.push(await press(page, 'Enter', `${cards} === ${before + 1}`))
    await saved(page)
    await page.keyboard.press('Escape')
    await canvas.focus()
    await page.keyboard.press('Control+z')
    await page.waitForFunction(`${cards} === ${before}`)
    await chooseWait(page)
  }
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(clip)})`)
  await canvas.focus()
  const pasteMs = await press(page, 'Control+v', `${cards} > ${before}`)
  await saved(page)
  await canvas.focus()
  await page.keyboard.press('Control+z')
  await page.waitForFunction(`${cards} === ${before}`)
  await saved(page)
  await page.keyboard.press('Escape')
  await canvas.focus()
  const tidyMs = await press(page, 'Shift+T', `document.body.innerText.includes('Tidied up')`)
  await page.waitForTimeout(500)
  await canvas.focus()
  await page.keyboard.press('Control+z')
  await saved(page)
  return {
    openFirstMs,
    openDrawerMs: median(opened),
    keystrokeMs: median(keys),
    checkMs: checked,
    deleteMs: median(deletes),
    undoMs: median(undoes),
    insertMs: median(inserts),
    pasteMs,
    tidyMs,
  }
}

/** Memory while one edits, in MB. */
export interface Memory {
  edits: number
  heapBeforeMb: number
  /** After the first half: undo's 300 steps and all caches are full. */
  heapHalfWayMb: number
  heapAfterMb: number
  growthMb: number
}

/** Edits without end: `enough` is asked after each round of eight edits how many there were and for how long, in ms. */
export async function goOnEditing(
  page: Page,
  session: CDPSession,
  enough: (edits: number, ms: number) => boolean,
): Promise<Memory> {
  const canvas = page.getByRole('application')
  const step = page.getByTestId('step-wait-0-a')
  await canvas.focus()
  await page.keyboard.press('0')
  await chooseWait(page)
  const heapBeforeMb = await heapMb(session)
  const run = async (until: typeof enough) => {
    const from = Date.now()
    for (let edits = 0; ; edits += 8) {
      if (until(edits, Date.now() - from)) return edits
      await step.click()
      const field = page.getByRole('textbox', { name: 'How long' })
      await field.fill(`${(edits % 97) + 1}h`)
      await page.keyboard.press('Escape')
      await canvas.focus()
      for (const key of ['Shift+ArrowRight', 'Shift+ArrowLeft', 'Control+d', 'Delete', 'Control+z', 'Control+z'])
        await page.keyboard.press(key)
      await canvas.focus()
      await page.keyboard.press('Escape')
    }
  }
  const half = await run((edits, ms) => enough(edits * 2, ms * 2))
  await saved(page)
  const heapHalfWayMb = await heapMb(session)
  const rest = await run((edits, ms) => enough(edits * 2, ms * 2))
  await saved(page)
  const heapAfterMb = await heapMb(session)
  return { edits: half + rest, heapBeforeMb, heapHalfWayMb, heapAfterMb, growthMb: heapAfterMb - heapHalfWayMb }
}

import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { type Happened, markHappened, markMachine } from '../messages/happened-sql.ts'
import { clickDecisionMs, type HitVerdict, judgeClicks, verdictAtHit } from './classify.ts'
import { acceptedAt, hitsToJudge, insertHits, type NewHit, oldestPendingMs, saveVerdicts } from './queries.ts'

/** Takes hits as they come and writes them down in batches. */
export interface HitRecorder {
  record(hit: NewHit & { purpose: string | null }): void
  /** Writes what is waiting. */
  flush(): Promise<void>
}

const flushAfterMs = 50
const mostAtOnce = 500
/** A flood beyond what the database takes is cut off rather than kept in memory. */
const mostWaiting = 50_000
const judgedAtOnce = 500

/** Records hits of one process. A crash loses what came in the last moments: opens and clicks are counted, never promised. */
export function createHitRecorder(app: App): HitRecorder {
  let waiting: (NewHit & { purpose: string | null })[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const flush = (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    if (batch.length === 0) return writing
    writing = writing
      .then(() => store(app, batch))
      .catch((error) => app.log.error({ err: error }, 'Hits could not be stored'))
    return writing
  }

  return {
    record(hit) {
      if (waiting.length >= mostWaiting) return
      waiting.push(hit)
      if (waiting.length >= mostAtOnce) void flush()
      else timer ??= setTimeout(() => void flush(), flushAfterMs)
    },
    flush,
  }
}

/** Stores hits with their verdicts, and marks the messages that a person or a machine opened. */
export async function store({ db }: App, hits: readonly (NewHit & { purpose: string | null })[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { nowMs, byId } = await acceptedAt(tx, [...new Set(hits.map((hit) => hit.messageId))])
    const localNow = Date.now()
    const judged = hits.map((hit) => {
      const agoMs = Math.max(0, localNow - hit.atMs)
      const accepted = byId.get(hit.messageId)
      const sinceAcceptedMs = accepted === undefined ? null : nowMs - agoMs - accepted
      return { hit, agoMs, verdict: verdictAtHit({ ...hit, sinceAcceptedMs }) }
    })
    await insertHits(tx, judged)
    const of = (kind: NewHit['kind'], ...verdicts: HitVerdict[]) =>
      judged
        .filter(({ hit, verdict }) => hit.kind === kind && verdicts.includes(verdict))
        .map(({ hit }) => hit.messageId)
    await markHappened(
      tx,
      'opened',
      of('open', 'human').map((messageId): Happened => ({ messageId })),
    )
    await markMachine(tx, 'opened', of('open', 'machine', 'proxy'))
    await markMachine(tx, 'clicked', of('click', 'machine'))
  })
}

/** Judges clicks that have waited long enough (TRUST §1.9). Answers whether there was any. */
export async function judgePending({ db }: App, afterMs = clickDecisionMs): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const messages = await hitsToJudge(tx, afterMs, judgedAtOnce)
    if (messages.length === 0) return false
    const verdicts: [number, HitVerdict][] = []
    const clicked: Happened[] = []
    const scanned: number[] = []
    for (const { messageId, hits, links, acceptedAtMs } of messages) {
      const judged = judgeClicks(hits, { links, acceptedAtMs })
      verdicts.push(...judged)
      const clicks = hits.filter((hit) => hit.kind === 'click' && judged.has(hit.id))
      const first = clicks.find((hit) => judged.get(hit.id) === 'human')
      if (first) clicked.push({ messageId, properties: { link: first.link } })
      if (clicks.some((hit) => judged.get(hit.id) === 'machine')) scanned.push(messageId)
    }
    await saveVerdicts(tx, verdicts)
    await markHappened(tx, 'clicked', clicked)
    await markMachine(tx, 'clicked', scanned)
    return true
  })
}

/** The loop that judges clicks. */
export function createClickJudge(app: App): Loop {
  return {
    name: 'judge clicks',
    deaf: true,
    idleMs: 15_000,
    async pass() {
      if (await judgePending(app)) return { again: true, nextAt: null }
      const agoMs = await oldestPendingMs(app.db)
      return {
        again: false,
        nextAt: agoMs === null ? null : new Date(Date.now() + Math.max(500, clickDecisionMs - agoMs)),
      }
    },
  }
}

import type { Db } from '../db/database.ts'
import { messagesOfRuns, type Placed, type PlacedMessage, pageOfRuns, type Shown } from './people-sql.ts'
import type { Scope } from './queries.ts'
import { stages } from './stages.ts'

/** Numbers of several campaigns together whose customers can be asked for. */
export const shownShared = [...stages, 'inside', 'holdout'] as const

/** Numbers of messages whose messages can be asked for. */
export const shownMessages = ['sent', 'delivered', 'opened', 'clicked', 'replied', 'unconfirmed', 'skipped'] as const

interface Campaign {
  id: string
  archived: boolean
}

/** Campaigns that are asked at the same time: each holds a connection meanwhile. */
const atOnce = 4

/** The runs of several campaigns behind a number, newest first, one more than `limit`: the first of each campaign's, put in order. */
export async function pageOfShared(
  db: Db,
  campaigns: readonly Campaign[],
  scope: Scope,
  show: string,
  page: { after?: Placed | undefined; limit: number },
): Promise<Placed[]> {
  const found: Placed[] = []
  for (let first = 0; first < campaigns.length; first += atOnce) {
    const pages = campaigns
      .slice(first, first + atOnce)
      .map((campaign) => pageOfRuns(db, campaign, { ...scope, campaignIds: [campaign.id] }, { show }, page))
    found.push(...(await Promise.all(pages)).flat())
  }
  return found.sort((a, b) => b.startedAt - a.startedAt || b.id - a.id).slice(0, page.limit + 1)
}

/** The messages behind a number, those of the newest enrolled first, one more than `limit`; `after` is where the page before ended. */
export async function pageOfMessages(
  db: Db,
  campaign: Campaign,
  scope: Scope,
  shown: Shown,
  { after, limit }: { after: [startedAt: number, runId: number, id: number] | undefined; limit: number },
): Promise<PlacedMessage[]> {
  // The run at which the page before ended may have more of them: it is looked at again, and each of the others has one at least.
  const from = after && { startedAt: after[0], id: after[1] + 1 }
  const runs = await pageOfRuns(db, campaign, scope, shown, { after: from, limit: limit + 1 })
  const messages = await messagesOfRuns(db, runs, scope, shown)
  const rest = after ? messages.filter(({ runId, id }) => runId !== after[1] || id > after[2]) : messages
  return rest.slice(0, limit + 1)
}

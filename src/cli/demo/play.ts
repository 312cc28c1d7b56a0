import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../app.ts'
import { sql } from '../../db/database.ts'
import { Problem } from '../../errors.ts'
import type { DemoWorkspace } from './build.ts'
import type { DemoClient } from './client.ts'
import { seededRandom } from './people.ts'

const replies = [
  'Thanks, this looks useful. Could we talk on Thursday?',
  'We are in the middle of a budget round. Please ask again in January.',
  'Can it read from our data warehouse, or only from the CRM?',
  'Yes please, send me the guide.',
  'Who else in our industry uses this?',
]

/** Brings the three campaigns to life: activates them, lets the engine work, and answers some of the mail as people would. */
export async function playDemo(app: App, client: DemoClient, workspaceId: number, demo: DemoWorkspace): Promise<void> {
  const { onboardingId, newsId, winBackId, trialSegmentId, lateIds } = demo
  await client.call('POST', `/campaigns/${onboardingId}/activate`, { enroll: 'keep' })
  await client.call('POST', `/campaigns/${newsId}/activate`, { enroll: 'now' })
  await client.call('POST', `/campaigns/${winBackId}/activate`, { enroll: 'keep' })
  await settled(app, workspaceId)
  await answerMail(client, demo)
  await settled(app, workspaceId)
  await client.call('POST', `/campaigns/${newsId}/pause`)
  // Later sign-ups, whom the campaign finds by itself: it keeps enrolling.
  await client.call('POST', `/segments/${trialSegmentId}/customers`, { customerIds: lateIds })
  await settled(app, workspaceId)
}

interface Mail {
  id: number
  customerId: string | null
  campaignId: string | null
}

/** Plays the readers: most open, some click, a few answer, and the usual one or two bounce, complain or unsubscribe. */
async function answerMail(client: DemoClient, { winBackId }: DemoWorkspace): Promise<void> {
  const random = seededRandom(42)
  const warm: string[] = []
  for (const { id, customerId, campaignId } of await client.all<Mail>('/sandbox/messages')) {
    const act = (action: string, body: unknown = {}) => client.call('POST', `/sandbox/messages/${id}/${action}`, body)
    const chance = random()
    if (chance < 0.03) await act('bounce')
    else if (chance < 0.05) await act('unsubscribe')
    else if (chance < 0.055) await act('complain')
    else if (chance < 0.62) {
      await act('open')
      if (random() < 0.4) await act('click')
      // The question of the win-back mail is answered more often than a newsletter.
      if (random() < (campaignId === winBackId ? 0.35 : 0.12)) {
        await act('reply', { text: replies[Math.floor(random() * replies.length)] })
        if (customerId !== null) warm.push(customerId)
      }
    } else if (chance < 0.66) await act('scan')
  }
  // What a person in sales would do with an answer.
  if (warm.length > 0)
    await client.call('POST', '/customers/bulk', { customerIds: warm, action: 'addTag', tag: 'warm' })
}

/** Waits until nothing is due in the workspace: no firing under way, no run to advance, no message to hand over. */
async function settled(app: App, workspaceId: number): Promise<void> {
  const deadline = performance.now() + 120_000
  for (let quiet = 0; quiet < 3; ) {
    if (performance.now() > deadline) {
      throw new Problem('unavailable', 'The demo campaigns do not settle. throughline doctor may say why.')
    }
    await sleep(150)
    quiet = (await isBusy(app, workspaceId)) ? 0 : quiet + 1
  }
}

async function isBusy({ db }: App, workspaceId: number): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`
    with moving as (
      select id, now() - paused_total as clock from campaign where workspace_id = ${workspaceId} and status in ('active', 'completed')
    )
    select exists (select from firing where workspace_id = ${workspaceId} and status in ('scheduled', 'running'))
      or exists (select from run r join moving m on m.id = r.campaign_id where r.finished_at is null and r.wake_at <= m.clock)
      or exists (select from run_inbox i join moving m on m.id = i.campaign_id)
      or exists (select from message q join moving m on m.id = q.campaign_id where q.state in ('queued', 'claimed', 'handing'))
      as busy
  `.execute(db)
  return rows[0]?.busy ?? false
}

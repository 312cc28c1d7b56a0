import type { DemoCampaigns } from './build.ts'
import type { DemoClient } from './client.ts'
import { seededRandom } from './people.ts'

const replies = [
  'Thanks, this looks useful. Could we talk on Thursday?',
  'We are in the middle of a budget round. Please ask again in January.',
  'Can it read from our data warehouse, or only from the CRM?',
  'Yes please, send me the guide.',
  'Who else in our industry uses this?',
]

/** Activates the three campaigns. */
export async function activateAll(client: DemoClient, demo: DemoCampaigns): Promise<void> {
  await client.call('POST', `/campaigns/${demo.onboardingId}/activate`, { enroll: 'keep' })
  await client.call('POST', `/campaigns/${demo.newsId}/activate`, { enroll: 'now' })
  await client.call('POST', `/campaigns/${demo.winBackId}/activate`, { enroll: 'keep' })
}

/** Pauses one campaign, and lets later sign-ups arrive, whom another finds by itself: it keeps enrolling. */
export async function letOthersArrive(client: DemoClient, demo: DemoCampaigns): Promise<void> {
  await client.call('POST', `/campaigns/${demo.newsId}/pause`)
  await client.call('POST', `/segments/${demo.trialSegmentId}/customers`, { customerIds: demo.lateIds })
}

interface Mail {
  id: number
  customerId: string | null
  campaignId: string | null
}

/** Plays the readers: most open, some click, a few answer, and the usual one or two bounce, complain or unsubscribe. */
export async function answerMail(client: DemoClient, { winBackId }: DemoCampaigns): Promise<void> {
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

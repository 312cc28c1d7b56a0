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

/** Activates the two campaigns that keep enrolling. */
export async function activateFirst(client: DemoClient, { onboardingId, winBackId }: DemoCampaigns): Promise<void> {
  for (const id of [onboardingId, winBackId]) await client.call('POST', `/campaigns/${id}/activate`, { enroll: 'keep' })
}

/** Sends the newsletter to everybody who reads it, once. */
export async function sendNews(client: DemoClient, { newsId }: DemoCampaigns): Promise<void> {
  await client.call('POST', `/campaigns/${newsId}/activate`, { enroll: 'now' })
}

/** Pauses the newsletter: some stand before its second mail. */
export async function pauseNews(client: DemoClient, { newsId }: DemoCampaigns): Promise<void> {
  await client.call('POST', `/campaigns/${newsId}/pause`)
}

/** The `nth` part of those who come later joins its segment, where a campaign that keeps enrolling finds them. */
export async function letOthersArrive(client: DemoClient, demo: DemoCampaigns, nth: number): Promise<void> {
  for (const { segmentId, groups } of [demo.trials, demo.quiet]) {
    const customerIds = groups[nth] ?? []
    if (customerIds.length > 0) await client.call('POST', `/segments/${segmentId}/customers`, { customerIds })
  }
}

interface Mail {
  id: number
  campaignId: string | null
  subject: string
}

/**
 * Plays the readers of the mails that came since `answeredTo`: most open, some click, a few answer, and the usual one or two bounce,
 * complain or unsubscribe. Answers with the mail that was the last.
 */
export async function answerMail(
  client: DemoClient,
  { winBackId, newsId, answeredTo = 0 }: DemoCampaigns & { answeredTo?: number },
): Promise<{ answeredTo: number }> {
  const mails = (await client.all<Mail>('/sandbox/messages')).filter(({ id }) => id > answeredTo)
  const random = seededRandom(42 + answeredTo)
  for (const { id, campaignId, subject } of mails) {
    const act = (action: string, body: unknown = {}) => client.call('POST', `/sandbox/messages/${id}/${action}`, body)
    const chance = random()
    // A question in the subject is clicked more often, and the question of the win-back mail is answered more often than a newsletter.
    const clicks = subject.endsWith('?') && campaignId === newsId ? 0.62 : 0.34
    const answers = campaignId === winBackId ? 0.3 : campaignId === newsId ? 0.04 : 0.12
    if (chance < 0.015) await act('bounce')
    else if (chance < 0.03) await act('unsubscribe')
    else if (chance < 0.033) await act('complain')
    else if (chance < 0.64) {
      await act('open')
      if (random() < clicks) await act('click')
      if (random() < answers) await act('reply', { text: replies[Math.floor(random() * replies.length)] })
    } else if (chance < 0.68) await act('scan')
  }
  return { answeredTo: Math.max(answeredTo, ...mails.map(({ id }) => id)) }
}

/** Sales has called those who came up to now: their tasks are done. */
export async function workOffTasks(client: DemoClient): Promise<void> {
  for (const { id } of await client.all<{ id: string }>('/tasks?status=open'))
    await client.call('POST', `/tasks/${id}/done`, {})
}

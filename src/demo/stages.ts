import { addCampaigns, addPeople, type DemoCampaigns, type DemoProducts } from './build.ts'
import type { DemoClient } from './client.ts'
import { daysBetween } from './days.ts'
import { activateFirst, answerMail, letOthersArrive, pauseNews, sendNews, workOffTasks } from './play.ts'

/** What earlier stages found: each stage adds to it. */
export type DemoFacts = DemoProducts & DemoCampaigns & { answeredTo?: number }

/**
 * One stage of making a demo; `run` answers what later stages need, if anything. `settle` only waits until nothing is due in the workspace,
 * `hours` lets time pass there.
 */
export type Stage = { doing: string } & (
  | { run(client: DemoClient, facts: DemoFacts): Promise<unknown> }
  | { settle: true }
  | { hours: number }
)

/** The times of arrival at which the newsletter is sent and paused, and sales has called everybody. */
const newsAt = 4
const pausedAt = 5
const workedOffAt = daysBetween.length - 2

/** Some days: they pass, the campaigns go on, people arrive, readers answer. */
const days = daysBetween.flatMap((hours, nth): Stage[] => {
  const doing = `Days pass: day ${Math.round(daysBetween.slice(0, nth + 1).reduce((sum, each) => sum + each, 0) / 24)} of 21`
  return [
    { doing, hours },
    {
      doing,
      run: async (client, facts) => {
        if (nth === newsAt) await sendNews(client, facts)
        if (nth === pausedAt) await pauseNews(client, facts)
        if (nth === workedOffAt) await workOffTasks(client)
        await letOthersArrive(client, facts, nth)
      },
    },
    { doing, settle: true },
    { doing, run: answerMail },
  ]
})

/** The demo in order: filled as a user would fill it, then run for real, with some of the mail answered. */
export const stages: readonly Stage[] = [
  { doing: 'Adding 300 customers, their companies and two products', run: addPeople },
  { doing: 'Drawing three campaigns', run: addCampaigns },
  { doing: 'Activating the campaigns', run: activateFirst },
  { doing: 'Customers move and mail is sent', settle: true },
  { doing: 'Some of them read, click and answer', run: answerMail },
  ...days,
  { doing: 'The last customers find their places', settle: true },
]

import { addCampaigns, addPeople, type DemoCampaigns, type DemoProducts } from './build.ts'
import type { DemoClient } from './client.ts'
import { activateAll, answerMail, letOthersArrive } from './play.ts'

/** What earlier stages found: each stage adds to it. */
export type DemoFacts = DemoProducts & DemoCampaigns

/** One stage of making a demo; `run` answers what later stages need, if anything. `settle` only waits until nothing is due in the workspace. */
export type Stage = { doing: string } & (
  | { run(client: DemoClient, facts: DemoFacts): Promise<unknown> }
  | { settle: true }
)

/** The demo in order: filled as a user would fill it, then run for real, with some of the mail answered. */
export const stages: readonly Stage[] = [
  { doing: 'Adding 300 customers, their companies and two products', run: addPeople },
  { doing: 'Drawing three campaigns', run: addCampaigns },
  { doing: 'Activating the campaigns', run: activateAll },
  { doing: 'Customers move and mail is sent', settle: true },
  { doing: 'Some of them read, click and answer', run: answerMail },
  { doing: 'The campaigns react', settle: true },
  { doing: 'Later sign-ups arrive', run: letOthersArrive },
  { doing: 'The last customers find their places', settle: true },
]

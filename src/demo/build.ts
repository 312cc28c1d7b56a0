import type { DemoClient } from './client.ts'
import { daysBetween } from './days.ts'
import { demoPeople, peopleCsv, seededRandom } from './people.ts'
import { autumnNews, type DemoGraph, demoTemplates, onboarding, winBack } from './workflows.ts'

/** The two things that the demo's company sells. */
export interface DemoProducts {
  insightsId: string
  signalsId: string
}

/** People who join a segment one group after another. */
export interface Arrivals {
  segmentId: string
  groups: string[][]
}

/** What is needed to play with the demo's campaigns. */
export interface DemoCampaigns {
  onboardingId: string
  newsId: string
  winBackId: string
  trials: Arrivals
  quiet: Arrivals
}

interface Customer {
  id: string
  tags: string[]
  attributes: { seats?: unknown }
}

const peopleCount = 300
const insightsName = 'Harbor Insights'
const signalsName = 'Harbor Signals'

/** The products with their criteria, the people, and what sales thinks of the large teams. Answers with the products' ids. */
export async function addPeople(client: DemoClient): Promise<DemoProducts> {
  await client.call('PATCH', '/workspace', { postalAddress: 'Harbor Analytics, 12 Quay Street, Bristol BS1 4DJ' })
  const insights = await addProduct(client, insightsName, 'Reports that find the reason, not only the number.')
  const signals = await addProduct(client, signalsName, 'Tells you the moment a number steps out of line.')
  const csv = peopleCsv(demoPeople(peopleCount), [insightsName, signalsName])
  await client.call('POST', '/customers/import?fileName=harbor-customers.csv', csv)
  await judgeLargeTeams(client, await client.all<Customer>('/customers'), insights.profileId)
  return { insightsId: insights.id, signalsId: signals.id }
}

/** Segments, templates, and three draft campaigns. */
export async function addCampaigns(
  client: DemoClient,
  { insightsId, signalsId }: DemoProducts,
): Promise<DemoCampaigns> {
  const customers = await client.all<Customer>('/customers')
  const withTag = (tag: string) => customers.filter(({ tags }) => tags.includes(tag)).map(({ id }) => id)
  const trials = await addArrivals(client, 'Trial sign-ups', withTag('trial'))
  const quiet = await addArrivals(client, 'Quiet accounts', withTag('churn-risk'))
  const readersId = await addSegment(client, 'Newsletter readers', withTag('newsletter'))
  const coolingDownId = await addSegment(client, 'Cooling down', [])
  for (const template of demoTemplates) await client.call('POST', '/templates', template)

  const credentialId = await sandboxOf(client)
  const references = { credentialId, coolingDownId }
  return {
    trials,
    quiet,
    onboardingId: await addCampaign(client, {
      name: 'Trial onboarding',
      description:
        'Welcomes who signs up for a trial; large teams go to sales at once, the others get a check-in, and who answers a call.',
      audience: { type: 'segment', segmentId: trials.segmentId },
      excludeSegmentId: null,
      graph: onboarding(references),
      products: [
        { productId: insightsId, primary: true },
        { productId: signalsId, primary: false },
      ],
    }),
    newsId: await addCampaign(client, {
      name: 'Autumn news',
      description: 'What is new, in the reader’s language, under two subject lines by lot.',
      audience: { type: 'segment', segmentId: readersId },
      excludeSegmentId: coolingDownId,
      graph: autumnNews(references),
      products: [{ productId: signalsId, primary: true }],
    }),
    winBackId: await addCampaign(client, {
      name: 'Win back quiet accounts',
      description: 'Two friendly questions to who has not looked in for a month; who answers goes to sales.',
      audience: { type: 'segment', segmentId: quiet.segmentId },
      excludeSegmentId: null,
      graph: winBack(references),
      products: [{ productId: insightsId, primary: true }],
    }),
  }
}

async function sandboxOf(client: DemoClient): Promise<string> {
  const credentials = await client.all<{ id: string; type: string }>('/credentials')
  const sandbox = credentials.find(({ type }) => type === 'sandbox')
  if (sandbox === undefined) throw new Error('The workspace has no sandbox credential.')
  return sandbox.id
}

/** Answers with the ids of the product and of its criterion for what a person in sales thinks of the company. */
async function addProduct(
  client: DemoClient,
  name: string,
  description: string,
): Promise<{ id: string; profileId: string }> {
  const { id } = await client.call('POST', '/products', { name, description, url: 'https://harbor.example' })
  const criterion = async (criterionName: string, type: string, weight: number) =>
    (await client.call('POST', `/products/${id}/criteria`, { name: criterionName, type, weight })).id
  const profileId = await criterion('Company fits', 'profile', 0.4)
  await criterion('Uses and reads', 'engagement', 0.4)
  await criterion('What they told us', 'conversation', 0.2)
  return { id, profileId }
}

/** Somebody in sales has looked at the large teams. */
async function judgeLargeTeams(client: DemoClient, customers: readonly Customer[], profileId: string): Promise<void> {
  for (const { id, tags, attributes } of customers) {
    if (!tags.includes('large-team')) continue
    const score = Math.min(1, Math.round(Number(attributes.seats)) / 100)
    await client.call('POST', `/customers/${id}/scores`, { criterionId: profileId, score, reason: 'Large team' })
  }
}

async function addSegment(client: DemoClient, name: string, customerIds: readonly string[]): Promise<string> {
  const { id } = await client.call('POST', '/segments', { name, kind: 'static' })
  if (customerIds.length > 0) await client.call('POST', `/segments/${id}/customers`, { customerIds })
  return id
}

/** A segment that some are in from the beginning; the others come in groups, one for each time that days pass. */
async function addArrivals(client: DemoClient, name: string, customerIds: readonly string[]): Promise<Arrivals> {
  const first = Math.ceil(customerIds.length / 4)
  const later = customerIds.slice(first)
  // Some days bring more than others.
  const random = seededRandom(customerIds.length)
  const groups: string[][] = daysBetween.map(() => [])
  for (const id of later) groups[Math.floor(random() * groups.length)]?.push(id)
  return { segmentId: await addSegment(client, name, customerIds.slice(0, first)), groups }
}

async function addCampaign(
  client: DemoClient,
  wanted: {
    name: string
    description: string
    audience: { type: 'segment'; segmentId: string }
    excludeSegmentId: string | null
    graph: DemoGraph
    products: { productId: string; primary: boolean }[]
  },
): Promise<string> {
  const { graph, products, ...fields } = wanted
  const { id } = await client.call('POST', '/campaigns', fields)
  const { version } = await client.call('GET', `/campaigns/${id}/workflow`)
  await client.call('PUT', `/campaigns/${id}/products`, { products })
  await client.call('PUT', `/campaigns/${id}/workflow`, { ...graph, version })
  return id
}

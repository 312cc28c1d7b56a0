import { useApi } from '../query.ts'

/** What a campaign's enabled triggers mean for enrolling: whether they alone decide, and whether Run now has one to press. */
export function useDeciding(campaignId: string): { decide: boolean; canRun: boolean } {
  const list = useApi(
    'GET /campaigns/:id/triggers',
    { params: { id: campaignId }, query: { limit: 200 } },
    { staleTime: 5_000 },
  )
  const enabled = (list.data?.items ?? []).filter((trigger) => trigger.enabled)
  const decide = enabled.some(({ type }) => type !== 'manual')
  return { decide, canRun: enabled.length === 0 || enabled.some(({ type }) => type === 'manual') }
}

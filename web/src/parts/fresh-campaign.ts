let fresh: string | null = null

/** Notes that a campaign was made this moment: its builder begins with the palette. */
export const markFresh = (campaignId: string): void => {
  fresh = campaignId
}

/** Whether the campaign was made this moment; answers yes once. */
export function takeFresh(campaignId: string): boolean {
  const is = fresh === campaignId
  if (is) fresh = null
  return is
}

import { Anchor } from '@mantine/core'
import { plural } from '../format.ts'
import { toast, useAct } from '../query.ts'
import type { ActableCampaign } from './campaign-actions.tsx'

/** Pauses a campaign at once and says who is frozen, with the way back. */
export function usePause(onResume: (campaign: ActableCampaign) => void) {
  return useAct('POST /campaigns/:id/pause', {
    after: (paused) => {
      const { inside } = paused.counts
      toast(
        <>
          Paused.{' '}
          {inside === 0
            ? 'Nobody is inside'
            : `${plural(inside, 'customer')} ${inside === 1 ? 'is' : 'are'} frozen where they are`}
          {paused.inHand > 0 &&
            `; ${plural(paused.inHand, 'message')} ${paused.inHand === 1 ? 'was' : 'were'} already with the provider`}
          .{' '}
          <Anchor component="button" type="button" inherit onClick={() => onResume(paused)}>
            Resume
          </Anchor>
        </>,
      )
    },
  })
}

/** The stages of the funnel, in order (PRODUCT §7). Each includes the ones behind it, but for `handoff`, which stands for itself. */
export const stages = ['enrolled', 'sent', 'delivered', 'opened', 'clicked', 'replied', 'handoff'] as const
export type Stage = (typeof stages)[number]

/** What a message can have come to, as bits of `analytics_run.stages` and its parallel arrays. Permanent: rows hold them. */
export const bits = {
  sent: 1,
  delivered: 2,
  opened: 4,
  clicked: 8,
  replied: 16,
  bounced: 32,
  machineOpened: 64,
  machineClicked: 128,
  unconfirmed: 256,
  unsubscribed: 512,
  complained: 1024,
} as const

/** Stages that a channel's provider can tell us of; the others are not measured there, which is not the same as 0. */
export const measured: Readonly<Record<string, readonly Stage[]>> = {
  email: stages,
  telegram: ['enrolled', 'sent', 'delivered', 'clicked', 'replied', 'handoff'],
  linkedin: ['enrolled', 'sent', 'replied', 'handoff'],
}

/** The product id that stands for none, and for no split: both are parts of keys. */
export const none = '00000000-0000-0000-0000-000000000000'

/**
 * The seconds in the middle of a bucket of reply times, on its logarithmic scale: there are eight to each doubling, so that a quantile is
 * right to 4.5 % (count-sql.ts makes them).
 */
export const secondsOfBucket = (bucket: number): number => 2 ** ((bucket + 0.5) / 8)

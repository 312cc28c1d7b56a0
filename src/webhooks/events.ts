/** What a webhook can be told of: events of customers as the bus has them, and moves of campaigns. */
export const webhookEvents = [
  'run.finished',
  'customer.handoff',
  'message.replied',
  'message.unsubscribed',
  'message.bounced',
  'campaign.status',
] as const
export type WebhookEvent = (typeof webhookEvents)[number]

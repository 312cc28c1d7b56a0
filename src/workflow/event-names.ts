/** Short names of message events, as nodes and rules write them (API.md, “Event names built in”). */
const messageEvents = new Set(['delivered', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed', 'complained'])

/** An event's name on the bus: `replied` is short for `message.replied`, any other name stands for itself. */
export const busNameOf = (name: string): string => (messageEvents.has(name) ? `message.${name}` : name)

import type { GraphEdge, GraphNode } from '../workflow/graph.ts'

const minuteMs = 60_000

/** The names of what the example is made of. */
export const exampleNames = { segment: 'Example: new sign-ups', campaign: 'Example: welcome new sign-ups' } as const

/** Six people at example.com, which nobody has (RFC 2606 §3): nothing could reach anybody, whoever sent it. */
export const examplePeople = [
  { firstName: 'Ada', lastName: 'Okafor', country: 'GB', timezone: 'Europe/London', plan: 'team' },
  { firstName: 'Minh', lastName: 'Trần', country: 'VN', timezone: 'Asia/Ho_Chi_Minh', plan: 'free' },
  { firstName: 'Lena', lastName: 'Vogel', country: 'DE', timezone: 'Europe/Berlin', plan: 'team' },
  { firstName: 'Thiago', lastName: 'Prado', country: 'BR', timezone: 'America/Sao_Paulo', plan: 'free' },
  { firstName: 'Haruka', lastName: 'Mori', country: 'JP', timezone: 'Asia/Tokyo', plan: 'free' },
  { firstName: 'Zoe', lastName: 'Hartley', country: 'US', timezone: 'America/New_York', plan: 'team' },
] as const

/** Where the mail of one of them would go. */
export const exampleEmail = ({ firstName }: { firstName: string }): string =>
  `${firstName.toLowerCase()}.example@example.com`

/** Two messages and a reply in between: who answers becomes a task, who is silent for three minutes hears once more. */
export function exampleGraph(credentialId: string): {
  nodes: GraphNode[]
  edges: GraphEdge[]
  layout: Record<string, { x: number; y: number }>
} {
  const message = { credentialId, trackOpens: true, trackClicks: true, unsubscribeLink: true, transactional: false }
  return {
    nodes: [
      { id: 'trigger-1', type: 'trigger', title: 'New sign-up', config: { type: 'manual' } },
      {
        id: 'email-1',
        type: 'email-send',
        title: 'Welcome',
        config: {
          ...message,
          subject: 'Welcome, {{customer.firstName | default: "there"}}',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nthank you for signing up for the {{customer.attributes.plan | default: "free"}} plan. What do you hope to get done first? Just reply: a person reads it.\n\nOr look around by yourself: https://example.com/start\n\nThe team at {{org.name}}',
          replyTimeoutMs: 3 * minuteMs,
        },
      },
      {
        id: 'handoff-1',
        type: 'exit-handoff',
        title: 'They answered',
        config: {
          assignTo: { type: 'campaignOwner' },
          note: 'They replied to the welcome mail. Read it, then answer.',
        },
      },
      { id: 'wait-1', type: 'wait', title: 'A moment', config: { waitType: 'duration', durationMs: minuteMs / 2 } },
      {
        id: 'email-2',
        type: 'email-send',
        title: 'One more thing',
        config: {
          ...message,
          subject: 'One thing that helps most people, {{customer.firstName | default: "there"}}',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nmost people start with the tour; it takes two minutes: https://example.com/tour\n\nThe team at {{org.name}}',
        },
      },
      { id: 'exit-1', type: 'exit', title: 'Done', config: {} },
    ],
    edges: [
      { id: 'edge-1', source: 'trigger-1', target: 'email-1', when: null },
      { id: 'edge-2', source: 'email-1', target: 'handoff-1', when: 'replied' },
      { id: 'edge-3', source: 'email-1', target: 'wait-1', when: null },
      { id: 'edge-4', source: 'wait-1', target: 'email-2', when: null },
      { id: 'edge-5', source: 'email-2', target: 'exit-1', when: null },
    ],
    layout: {
      'trigger-1': { x: 0, y: 0 },
      'email-1': { x: 0, y: 140 },
      'handoff-1': { x: -160, y: 320 },
      'wait-1': { x: 160, y: 320 },
      'email-2': { x: 160, y: 460 },
      'exit-1': { x: 160, y: 600 },
    },
  }
}

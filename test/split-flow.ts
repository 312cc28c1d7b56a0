import type { Graph } from '../src/workflow/graph.ts'

/**
 * trigger → random split → a mail on each branch → (replied: handoff | else: exit). With `again` who did not reply waits three days and
 * gets one more mail; `goal` is an event that counts as won.
 */
export function splitFlow(credentialId: string, options: { again?: boolean; goal?: string } = {}): Graph {
  const mail = (id: string) => ({
    id,
    type: 'email-send',
    title: `Mail ${id}`,
    config: {
      credentialId,
      subject: 'Hi',
      body: '<p>Hello, <a href="https://shop.example/x?c=1">look</a></p>',
      replyTimeoutMs: 3_600_000,
    },
  })
  const edge = (source: string, target: string, when: string | null = null) => ({
    id: `${source}-${when ?? 'on'}`,
    source,
    target,
    when,
  })
  const { again = false, goal } = options
  const branches = [
    { id: 'a', label: 'Formal', weight: 1 },
    { id: 'b', label: 'Friendly', weight: 1 },
  ]
  const wait = { waitType: 'duration', durationMs: 259_200_000 }
  const next = again ? 'wait' : 'exit'
  return {
    nodes: [
      { id: 'start', type: 'trigger', title: 'Start', config: {} },
      { id: 'split', type: 'random-split', title: 'Tone', config: { branches } },
      mail('mail-a'),
      mail('mail-b'),
      ...(again ? [{ id: 'wait', type: 'wait', title: 'Wait', config: wait }, mail('mail-2')] : []),
      { id: 'handoff', type: 'exit-handoff', title: 'Hand off', config: { assignTo: { type: 'campaignOwner' } } },
      { id: 'exit', type: 'exit', title: 'Done', config: {} },
      ...(goal === undefined
        ? []
        : [{ id: 'won', type: 'goal', title: 'Won', config: { event: goal, endsRun: false } }]),
    ],
    edges: [
      edge('start', 'split'),
      ...['a', 'b'].flatMap((branch) => [
        edge('split', `mail-${branch}`, branch),
        edge(`mail-${branch}`, 'handoff', 'replied'),
        edge(`mail-${branch}`, next),
      ]),
      ...(again ? [edge('wait', 'mail-2'), edge('mail-2', 'handoff', 'replied'), edge('mail-2', 'exit')] : []),
    ],
  }
}

/** The three campaigns of the demo: their templates and graphs, as a user would send them to the API. */

/** Things of the workspace that the graphs refer to, by id. */
export interface DemoReferences {
  credentialId: string
  coolingDownId: string
}

interface DemoNode {
  id: string
  type: string
  title: string
  config: Record<string, unknown>
}

/** A graph as `PUT /campaigns/:id/workflow` takes it, without its version. */
export interface DemoGraph {
  nodes: DemoNode[]
  edges: { id: string; source: string; target: string; when: string | null }[]
  layout: Record<string, { x: number; y: number }>
}

const dayMs = 86_400_000

/** The newsletter in the reader's language. */
const newsBody = `{% if customer.language == "de" %}<p>Guten Tag {{customer.firstName}} {{customer.lastName}},</p>
<p>{{product.name}} meldet sich, sobald eine Zahl aus der Reihe tanzt. <a href="https://harbor.example/de/signals">So funktioniert es</a>.</p>
{% elsif customer.language == "fr" %}<p>Bonjour {{customer.firstName}},</p>
<p>{{product.name}} vous prévient dès qu’un chiffre sort du rang. <a href="https://harbor.example/fr/signals">Voir comment</a>.</p>
{% else %}<p>Hi {{customer.firstName | default: "there"}},</p>
<p>{{product.name}} tells you the moment a number steps out of line. <a href="https://harbor.example/signals">See how it works</a>.</p>
{% endif %}<p>Harbor</p>`

/** The templates of the demo, as `POST /templates` takes them. */
export const demoTemplates = [
  {
    name: 'trial-welcome',
    subject: 'Welcome to Harbor Insights, {{customer.firstName | default: "there"}}',
    body: `<p>Hi {{customer.firstName | default: "there"}},</p>
<p>your trial for {{customer.company.name | default: "your team"}} is ready: {{customer.attributes.seats}} seats, all features, 14 days.</p>
<p>The fastest way to see something useful is to <a href="https://harbor.example/start?utm_source=trial">connect one data source</a>; it takes about five minutes.</p>
<p>Just reply if you get stuck. A person reads it.</p>
<p>Mara from Harbor</p>`,
  },
  {
    name: 'trial-check-in',
    subject: 'How is it going, {{customer.firstName | default: "there"}}?',
    body: `<p>Hi {{customer.firstName | default: "there"}},</p>
<p>teams in {{customer.company.industry | default: "your field"}} usually start with these two reports:</p>
<p><a href="https://harbor.example/reports/pipeline">Where the pipeline stalls</a> and <a href="https://harbor.example/reports/churn">who is about to leave</a>.</p>
<p>Shall I set one of them up with you?</p>
<p>Mara</p>`,
  },
  { name: 'autumn-news', subject: 'New this autumn: Harbor Signals', body: newsBody },
] as const

/** Trial sign-ups: welcome, large teams to sales at once, a check-in for the others; whoever answers goes to a person. */
export function onboarding({ credentialId }: DemoReferences): DemoGraph {
  return graph(
    [
      ['trigger-1', 'trigger', 'Trial begins', { type: 'manual' }],
      ['email-1', 'email-send', 'Welcome', email(credentialId, { templateName: 'trial-welcome' })],
      [
        'split-1',
        'conditional-split',
        'How large is the team?',
        {
          branches: [
            { id: 'large', label: 'Over 50 seats' },
            { id: 'vip', label: 'VIP' },
            { id: 'rest', label: 'Everybody else', default: true },
          ],
        },
      ],
      ['path-large', 'path', 'Over 50 seats', rule('customer.attributes.seats', 'greater-than', '50')],
      ['path-vip', 'path', 'Tagged vip', rule('customer.tags', 'contains', 'vip')],
      ['path-rest', 'path', 'Everybody else', { match: 'all', rules: [] }],
      ['adjust-score-1', 'adjust-score', 'A good fit', { delta: 0.3 }],
      ['handoff-1', 'exit-handoff', 'To sales', toOwner('Large trial: offer a guided set-up.')],
      ['handoff-2', 'exit-handoff', 'Personal call', toOwner('VIP: call within the day.')],
      ['wait-1', 'wait', 'Two days', { waitType: 'duration', durationMs: 2 * dayMs }],
      [
        'email-2',
        'email-send',
        'Check-in',
        { ...email(credentialId, { templateName: 'trial-check-in' }), replyTimeoutMs: 3 * dayMs },
      ],
      ['adjust-score-2', 'adjust-score', 'They had a look', { delta: 0.2 }],
      ['wait-2', 'wait', 'Rest of the trial', { waitType: 'duration', durationMs: 5 * dayMs }],
      ['exit-1', 'exit', 'Done', {}],
      ['at-any-point-1', 'at-any-point', 'They reply', { event: 'replied' }],
      ['adjust-score-3', 'adjust-score', 'They wrote to us', { delta: 0.4 }],
      ['handoff-3', 'exit-handoff', 'Answer them', toOwner('They answered a trial mail: read it, then call.')],
    ],
    [
      ['trigger-1', 'email-1'],
      ['email-1', 'split-1'],
      ['split-1', 'path-large', 'large'],
      ['split-1', 'path-vip', 'vip'],
      ['split-1', 'path-rest', 'rest'],
      ['path-large', 'adjust-score-1'],
      ['adjust-score-1', 'handoff-1'],
      ['path-vip', 'handoff-2'],
      ['path-rest', 'wait-1'],
      ['wait-1', 'email-2'],
      ['email-2', 'adjust-score-2', 'clicked'],
      ['email-2', 'wait-2'],
      ['adjust-score-2', 'wait-2'],
      ['wait-2', 'exit-1'],
      ['at-any-point-1', 'adjust-score-3'],
      ['adjust-score-3', 'handoff-3'],
    ],
    [
      ['at-any-point-1', null, 'trigger-1', null, null],
      ['adjust-score-3', null, 'email-1', null, null],
      ['handoff-3', null, 'split-1', null, null],
      [null, 'path-large', 'path-vip', 'path-rest', null],
      [null, 'adjust-score-1', 'handoff-2', 'wait-1', null],
      [null, 'handoff-1', null, 'email-2', null],
      [null, null, null, null, 'adjust-score-2'],
      [null, null, null, 'wait-2', null],
      [null, null, null, 'exit-1', null],
    ],
  )
}

/** The newsletter: two subject lines by lot, then a last word for who has not clicked by then. */
export function autumnNews({ credentialId }: DemoReferences): DemoGraph {
  return graph(
    [
      ['trigger-1', 'trigger', 'Readers', { type: 'manual' }],
      [
        'random-split-1',
        'random-split',
        'Which subject?',
        {
          branches: [
            { id: 'plain', label: 'Plain', weight: 1 },
            { id: 'question', label: 'A question', weight: 1 },
          ],
        },
      ],
      ['email-1', 'email-send', 'The news, plainly', email(credentialId, { templateName: 'autumn-news' })],
      [
        'email-2',
        'email-send',
        'The news, as a question',
        email(credentialId, {
          subject: 'Would you have noticed, {{customer.firstName | default: "really"}}?',
          body: newsBody,
        }),
      ],
      ['at-any-point-1', 'at-any-point', 'They click', { event: 'clicked' }],
      ['adjust-score-1', 'adjust-score', 'They had a look', { delta: 0.1 }],
      ['exit-2', 'exit', 'They have seen it', {}],
      ['wait-1', 'wait', 'Five days', { waitType: 'duration', durationMs: 5 * dayMs }],
      [
        'email-3',
        'email-send',
        'One more thing',
        email(credentialId, {
          subject: 'One more thing about {{product.name}}',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nit is free for {{customer.company.name | default: "you"}} until the end of the year: https://harbor.example/signals/free\n\nHarbor',
        }),
      ],
      ['exit-1', 'exit', 'Done', {}],
    ],
    [
      ['trigger-1', 'random-split-1'],
      ['random-split-1', 'email-1', 'plain'],
      ['random-split-1', 'email-2', 'question'],
      ['email-1', 'wait-1'],
      ['email-2', 'wait-1'],
      ['wait-1', 'email-3'],
      ['email-3', 'exit-1'],
      ['at-any-point-1', 'adjust-score-1'],
      ['adjust-score-1', 'exit-2'],
    ],
    [
      ['at-any-point-1', null, 'trigger-1', null, null],
      ['adjust-score-1', null, 'random-split-1', null, null],
      ['exit-2', 'email-1', null, 'email-2', null],
      [null, null, 'wait-1', null, null],
      [null, null, 'email-3', null, null],
      [null, null, 'exit-1', null, null],
    ],
  )
}

/** Quiet accounts: who is gone for half a year cools down, the others are asked twice; who answers goes to sales. */
export function winBack({ credentialId, coolingDownId }: DemoReferences): DemoGraph {
  return graph(
    [
      ['trigger-1', 'trigger', 'Quiet accounts', { type: 'manual' }],
      [
        'split-1',
        'conditional-split',
        'How long quiet?',
        {
          branches: [
            { id: 'opted-out', label: 'Asked for silence' },
            { id: 'gone', label: 'Over half a year' },
            { id: 'between', label: 'Not that long', default: true },
          ],
        },
      ],
      ['path-opted-out', 'path', 'Asked for silence', rule('customer.tags', 'contains', 'do-not-contact')],
      ['path-gone', 'path', 'Over half a year', rule('customer.attributes.lastSeenDays', 'greater-than', '180')],
      ['path-between', 'path', 'Not that long', { match: 'all', rules: [] }],
      ['suppress-1', 'exit-suppress', 'Never write again', { reason: 'manual', channel: 'email' }],
      ['cooldown-1', 'exit-cooldown', 'Leave them alone', { segmentId: coolingDownId, decayDelta: -0.2 }],
      [
        'email-1',
        'email-send',
        'We miss you',
        email(credentialId, {
          subject: 'Is {{product.name}} still useful at {{customer.company.name | default: "work"}}?',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nyou have not looked in for {{customer.attributes.lastSeenDays}} days. If something is missing, tell me: just reply.\n\nIf you would like a second look, this is what changed: https://harbor.example/changes\n\nMara from Harbor',
        }),
      ],
      ['adjust-score-1', 'adjust-score', 'They answered', { delta: 0.4 }],
      ['handoff-1', 'exit-handoff', 'To sales', toOwner('They answered the win-back mail: read it, then call.')],
      ['wait-1', 'wait', 'Four days', { waitType: 'duration', durationMs: 4 * dayMs }],
      [
        'email-2',
        'email-send',
        'Shall we stop?',
        email(credentialId, {
          subject: 'Shall we stop writing, {{customer.firstName | default: "then"}}?',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nif {{product.name}} is no longer for you, this is the last mail. If it is, one word is enough: just reply. What is new: https://harbor.example/changes\n\nMara from Harbor',
        }),
      ],
      ['cooldown-2', 'exit-cooldown', 'Another time', { segmentId: coolingDownId, decayDelta: -0.1 }],
    ],
    [
      ['trigger-1', 'split-1'],
      ['split-1', 'path-opted-out', 'opted-out'],
      ['split-1', 'path-gone', 'gone'],
      ['split-1', 'path-between', 'between'],
      ['path-opted-out', 'suppress-1'],
      ['path-gone', 'cooldown-1'],
      ['path-between', 'email-1'],
      ['email-1', 'adjust-score-1', 'replied'],
      ['email-1', 'wait-1'],
      ['wait-1', 'email-2'],
      ['email-2', 'adjust-score-1', 'replied'],
      ['email-2', 'cooldown-2'],
      ['adjust-score-1', 'handoff-1'],
    ],
    [
      ['trigger-1'],
      ['split-1'],
      ['path-opted-out', 'path-gone', 'path-between', null, null],
      ['suppress-1', 'cooldown-1', 'email-1', null, null],
      [null, null, null, 'wait-1', null],
      [null, null, null, 'email-2', null],
      [null, null, 'adjust-score-1', null, 'cooldown-2'],
      [null, null, 'handoff-1', null, null],
    ],
  )
}

const toOwner = (note: string) => ({ assignTo: { type: 'campaignOwner' }, note })

function email(credentialId: string, text: { templateName: string } | { subject: string; body: string }) {
  return { credentialId, ...text, trackOpens: true, trackClicks: true, unsubscribeLink: true, transactional: false }
}

function rule(input: string, condition: string, value: string) {
  return { match: 'all', rules: [{ input, condition, value }] }
}

/** `rows` places the nodes on the canvas from the top down, beside one another; null leaves a place free. */
function graph(
  nodes: readonly [id: string, type: string, title: string, config: Record<string, unknown>][],
  edges: readonly [source: string, target: string, when?: string][],
  rows: readonly (string | null)[][],
): DemoGraph {
  const layout: DemoGraph['layout'] = {}
  for (const [down, row] of rows.entries()) {
    for (const [across, id] of row.entries()) {
      if (id !== null) layout[id] = { x: (across - (row.length - 1) / 2) * 300, y: down * 150 }
    }
  }
  return {
    nodes: nodes.map(([id, type, title, config]) => ({ id, type, title, config })),
    edges: edges.map(([source, target, when], index) => ({
      id: `edge-${index + 1}`,
      source,
      target,
      when: when ?? null,
    })),
    layout,
  }
}

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

const minuteMs = 60_000
const dayMs = 1_440 * minuteMs

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
  {
    name: 'autumn-news',
    subject:
      '{% if customer.language == "de" %}Neu in diesem Herbst: Harbor Signals{% elsif customer.language == "fr" %}Nouveau cet automne : Harbor Signals{% else %}New this autumn: Harbor Signals{% endif %}',
    body: `{% if customer.language == "de" %}<p>Guten Tag {{customer.firstName}} {{customer.lastName}},</p>
<p>{{product.name}} meldet sich, sobald eine Zahl aus der Reihe tanzt. <a href="https://harbor.example/de/signals">So funktioniert es</a>.</p>
{% elsif customer.language == "fr" %}<p>Bonjour {{customer.firstName}},</p>
<p>{{product.name}} vous prévient dès qu’un chiffre sort du rang. <a href="https://harbor.example/fr/signals">Voir comment</a>.</p>
{% else %}<p>Hi {{customer.firstName | default: "there"}},</p>
<p>{{product.name}} tells you the moment a number steps out of line. <a href="https://harbor.example/signals">See how it works</a>.</p>
{% endif %}<p>Harbor</p>`,
  },
] as const

/** Trial sign-ups: welcome, large teams to sales at once, the others a check-in after some minutes. */
export function onboarding({ credentialId }: DemoReferences): DemoGraph {
  return graph(
    [
      ['trigger-1', 'trigger', 'Trial begins', { type: 'manual' }],
      ['add-tag-1', 'add-tag', 'Mark as onboarding', { name: 'onboarding', color: 'teal' }],
      ['email-1', 'email-send', 'Welcome', email(credentialId, { templateName: 'trial-welcome' })],
      [
        'split-1',
        'conditional-split',
        'How large is the team?',
        {
          branches: [
            { id: 'large', label: 'Over 50 seats' },
            { id: 'vip', label: 'VIP' },
            { id: 'small', label: 'Under 10 seats' },
            { id: 'rest', label: 'Everybody else', default: true },
          ],
        },
      ],
      ['path-large', 'path', 'Over 50 seats', rule('customer.attributes.seats', 'greater-than', '50')],
      ['path-vip', 'path', 'Tagged vip', rule('customer.tags', 'contains', 'vip')],
      ['path-small', 'path', 'Under 10 seats', rule('customer.attributes.seats', 'less-than', '10')],
      ['path-rest', 'path', 'Everybody else', { match: 'all', rules: [] }],
      ['wait-3', 'wait', 'A day', { waitType: 'duration', durationMs: dayMs }],
      ['email-3', 'email-send', 'Tips for small teams', email(credentialId, { templateName: 'trial-check-in' })],
      ['exit-2', 'exit', 'On their own', {}],
      ['adjust-score-1', 'adjust-score', 'A good fit', { delta: 0.3 }],
      [
        'handoff-1',
        'exit-handoff',
        'To sales',
        { assignTo: { type: 'campaignOwner' }, note: 'Large trial: offer a guided set-up.' },
      ],
      [
        'handoff-2',
        'exit-handoff',
        'Personal call',
        { assignTo: { type: 'campaignOwner' }, note: 'VIP: call within the day.' },
      ],
      ['wait-1', 'wait', 'A few minutes', { waitType: 'duration', durationMs: 3 * minuteMs }],
      ['email-2', 'email-send', 'Check-in', email(credentialId, { templateName: 'trial-check-in' })],
      ['adjust-score-2', 'adjust-score', 'Stayed with us', { delta: 0.1 }],
      ['wait-2', 'wait', 'Two days', { waitType: 'duration', durationMs: 2 * dayMs }],
      ['remove-tag-1', 'remove-tag', 'Onboarding is over', { name: 'onboarding' }],
      ['exit-1', 'exit', 'Done', {}],
    ],
    [
      ['trigger-1', 'add-tag-1'],
      ['add-tag-1', 'email-1'],
      ['email-1', 'split-1'],
      ['split-1', 'path-large', 'large'],
      ['split-1', 'path-vip', 'vip'],
      ['split-1', 'path-small', 'small'],
      ['split-1', 'path-rest', 'rest'],
      ['path-small', 'wait-3'],
      ['wait-3', 'email-3'],
      ['email-3', 'exit-2'],
      ['path-large', 'adjust-score-1'],
      ['adjust-score-1', 'handoff-1'],
      ['path-vip', 'handoff-2'],
      ['path-rest', 'wait-1'],
      ['wait-1', 'email-2'],
      ['email-2', 'adjust-score-2'],
      ['adjust-score-2', 'wait-2'],
      ['wait-2', 'remove-tag-1'],
      ['remove-tag-1', 'exit-1'],
    ],
    [
      ['trigger-1'],
      ['add-tag-1'],
      ['email-1'],
      ['split-1'],
      ['path-large', 'path-vip', 'path-small', 'path-rest'],
      ['adjust-score-1', 'handoff-2', 'wait-3', 'wait-1'],
      ['handoff-1', null, 'email-3', 'email-2'],
      [null, null, 'exit-2', 'adjust-score-2'],
      [null, null, null, 'wait-2'],
      [null, null, null, 'remove-tag-1'],
      [null, null, null, 'exit-1'],
    ],
  )
}

/** The newsletter: news in the reader's language, and a nudge three days later to who is not suppressed by then. */
export function autumnNews({ credentialId }: DemoReferences): DemoGraph {
  return graph(
    [
      ['trigger-1', 'trigger', 'Readers', { type: 'manual' }],
      [
        'split-2',
        'conditional-split',
        'Somebody special?',
        {
          branches: [
            { id: 'vip', label: 'VIP' },
            { id: 'all', label: 'All others', default: true },
          ],
        },
      ],
      ['path-vip', 'path', 'Tagged vip', rule('customer.tags', 'contains', 'vip')],
      ['path-all', 'path', 'All others', { match: 'all', rules: [] }],
      [
        'create-task-1',
        'create-task',
        'A personal note',
        { title: 'Tell {{customer.firstName}} {{customer.lastName}} about Harbor Signals', dueInMs: 2 * dayMs },
      ],
      ['exit-3', 'exit', 'A person writes', {}],
      ['email-1', 'email-send', 'The news', email(credentialId, { templateName: 'autumn-news' })],
      ['wait-1', 'wait', 'Three days', { waitType: 'duration', durationMs: 3 * dayMs }],
      [
        'split-1',
        'conditional-split',
        'Was it sent?',
        {
          branches: [
            { id: 'sent', label: 'Sent' },
            { id: 'not', label: 'Passed over', default: true },
          ],
        },
      ],
      ['path-sent', 'path', 'Sent', rule('node.email-1.output.sent', 'equals', 'true')],
      ['path-not', 'path', 'Passed over', { match: 'all', rules: [] }],
      [
        'email-2',
        'email-send',
        'One more thing',
        email(credentialId, {
          subject: 'One more thing about {{product.name}}',
          body: 'Hi {{customer.firstName | default: "there"}},\n\nit is free for {{customer.company.name | default: "you"}} until the end of the year: https://harbor.example/signals/free\n\nHarbor',
        }),
      ],
      ['exit-1', 'exit', 'Done', {}],
      ['exit-2', 'exit', 'No address', {}],
    ],
    [
      ['trigger-1', 'split-2'],
      ['split-2', 'path-vip', 'vip'],
      ['split-2', 'path-all', 'all'],
      ['path-vip', 'create-task-1'],
      ['create-task-1', 'exit-3'],
      ['path-all', 'email-1'],
      ['email-1', 'wait-1'],
      ['wait-1', 'split-1'],
      ['split-1', 'path-sent', 'sent'],
      ['split-1', 'path-not', 'not'],
      ['path-sent', 'email-2'],
      ['email-2', 'exit-1'],
      ['path-not', 'exit-2'],
    ],
    [['trigger-1'], ['email-1'], ['wait-1'], ['split-1'], ['path-sent', 'path-not'], ['email-2', 'exit-2'], ['exit-1']],
  )
}

/** Quiet accounts: who is gone for half a year cools down, the others get one message; who warms up goes to sales. */
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
            { id: 'recent', label: 'Under two months' },
            { id: 'between', label: 'In between', default: true },
          ],
        },
      ],
      ['path-opted-out', 'path', 'Asked for silence', rule('customer.tags', 'contains', 'do-not-contact')],
      ['path-gone', 'path', 'Over half a year', rule('customer.attributes.lastSeenDays', 'greater-than', '180')],
      ['path-recent', 'path', 'Under two months', rule('customer.attributes.lastSeenDays', 'less-than', '60')],
      ['path-between', 'path', 'In between', { match: 'all', rules: [] }],
      ['wait-2', 'wait', 'Give them two weeks', { waitType: 'duration', durationMs: 14 * dayMs }],
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
      ['wait-1', 'wait', 'Time to answer', { waitType: 'duration', durationMs: 5 * minuteMs }],
      [
        'split-2',
        'conditional-split',
        'Did they warm up?',
        {
          branches: [
            { id: 'warm', label: 'Warm' },
            { id: 'cold', label: 'Still quiet', default: true },
          ],
        },
      ],
      ['path-warm', 'path', 'Tagged warm', rule('customer.tags', 'contains', 'warm')],
      ['path-cold', 'path', 'Still quiet', { match: 'all', rules: [] }],
      ['adjust-score-1', 'adjust-score', 'They answered', { delta: 0.4 }],
      [
        'handoff-1',
        'exit-handoff',
        'To sales',
        { assignTo: { type: 'campaignOwner' }, note: 'They answered the win-back mail: read it, then call.' },
      ],
      ['add-to-segment-1', 'add-to-segment', 'Cooling down', { segmentId: coolingDownId }],
      ['exit-1', 'exit', 'Another time', {}],
    ],
    [
      ['trigger-1', 'split-1'],
      ['split-1', 'path-opted-out', 'opted-out'],
      ['split-1', 'path-gone', 'gone'],
      ['split-1', 'path-recent', 'recent'],
      ['split-1', 'path-between', 'between'],
      ['path-opted-out', 'suppress-1'],
      ['path-gone', 'cooldown-1'],
      ['path-recent', 'wait-2'],
      ['wait-2', 'exit-1'],
      ['path-between', 'email-1'],
      ['email-1', 'wait-1'],
      ['wait-1', 'split-2'],
      ['split-2', 'path-warm', 'warm'],
      ['split-2', 'path-cold', 'cold'],
      ['path-warm', 'adjust-score-1'],
      ['adjust-score-1', 'handoff-1'],
      ['path-cold', 'add-to-segment-1'],
      ['add-to-segment-1', 'exit-1'],
    ],
    [
      ['trigger-1'],
      ['split-1'],
      ['path-opted-out', 'path-gone', 'path-between', 'path-recent'],
      ['suppress-1', 'cooldown-1', 'email-1', 'wait-2'],
      [null, null, 'wait-1', null],
      [null, null, 'split-2', null],
      [null, 'path-warm', 'path-cold', null],
      [null, 'adjust-score-1', 'add-to-segment-1', null],
      [null, 'handoff-1', null, 'exit-1'],
    ],
  )
}

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
      if (id !== null) layout[id] = { x: (across - (row.length - 1) / 2) * 300, y: down * 140 }
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

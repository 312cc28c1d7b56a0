import { z } from 'zod'
import { defineNode } from '../../engine/define-node.ts'
import { end } from '../../engine/outcome.ts'

export default defineNode({
  type: 'exit-suppress',
  version: 1,
  kind: 'action',
  group: 'builtin',
  title: 'Exit and suppress',
  icon: 'ban',
  summary: 'On the suppression list: no campaign writes to them again; the run ends canceled.',
  sentence: 'Never write again ({reason})',
  config: z.object({
    reason: z.enum(['unsubscribe', 'bounce', 'complaint', 'manual']).meta({
      title: 'Reason',
      widget: 'select',
      labels: { unsubscribe: 'Unsubscribed', bounce: 'Bounced', complaint: 'Complained', manual: 'By hand' },
    }),
    channel: z
      .enum(['all', 'email', 'telegram', 'linkedin'])
      .default('all')
      .meta({
        title: 'Channel',
        widget: 'select',
        labels: { all: 'All channels', email: 'Email', telegram: 'Telegram', linkedin: 'LinkedIn' },
      }),
  }),
  output: z.object({}),
  when: [],
  ends: true,
  tone: 'bad',
  reads: [],
  execute({ config: { reason, channel } }) {
    const why = { code: 'suppressed', text: 'On the suppression list from here on.', values: { reason, channel } }
    return end('canceled', 'suppressed', {}, [{ do: 'suppress', reason, channel }], why)
  },
  docs: 'Puts the customer on the suppression list for one channel or all of them, from this moment, for every campaign of the workspace. The run ends `canceled` with the reason `suppressed`. Only a person can lift a suppression.',
  initial: { reason: 'manual' },
  examples: [{ reason: 'manual' }, { reason: 'complaint', channel: 'email' }],
})

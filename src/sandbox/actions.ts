import type { App } from '../app.ts'
import { invalidField, Problem } from '../errors.ts'
import { markHappened } from '../messages/happened-sql.ts'
import { suppressRecipients } from '../suppressions/queries.ts'
import { store } from '../tracking/hits.ts'
import { insertHits, type NewHit } from '../tracking/queries.ts'
import { recordAction, type SandboxAction, type SandboxMail } from './queries.ts'

/** How a mail gateway that looks at everything introduces itself. */
const scanner = 'Mimecast Targeted Threat Protection'

/** What a person asks the mailbox to play. */
export type SandboxPlay = Omit<SandboxAction, 'at'>

/**
 * Plays what a recipient, their server or their gateway does with a message. It feeds the same timestamps, events and suppressions as the
 * real thing; a person's click counts at once, a scanner's never, and what a mail program answers by itself is no reply. @throws Problem `wrong_state` for what cannot happen to this message
 */
export async function play(app: App, workspaceId: number, mail: SandboxMail, play: SandboxPlay): Promise<void> {
  const { messageId } = mail
  if (messageId === null) {
    throw new Problem('wrong_state', 'This is a test message: nothing that happens to it counts.', {
      extra: { state: 'test', allowed: [] },
    })
  }
  if (play.action === 'scan') await scan(app, workspaceId, messageId, mail)
  await app.db.transaction().execute(async (tx) => {
    switch (play.action) {
      case 'open':
        // Without a pixel nobody learns of it: no consent, or not tracked.
        if (tracksOpens(mail)) await markHappened(tx, 'opened', [{ messageId }])
        break
      case 'click': {
        const link = requireLink(mail, play.link ?? 0)
        const hit: NewHit = {
          ...hitOf(workspaceId, messageId),
          kind: 'click',
          link,
          userAgent: 'Throughline sandbox mailbox',
        }
        await insertHits(tx, [{ hit, verdict: 'human', agoMs: 0 }])
        await markHappened(tx, 'clicked', [{ messageId, properties: { link } }])
        break
      }
      case 'reply':
        await markHappened(tx, 'replied', [{ messageId, properties: { text: play.text ?? '' } }])
        break
      case 'bounce':
        await suppressRecipients(tx, [messageId], 'bounce', 'sandbox mailbox')
        await markHappened(tx, 'bounced', [{ messageId, properties: { hard: true } }])
        break
      case 'complain':
        await suppressRecipients(tx, [messageId], 'complaint', 'sandbox mailbox')
        await markHappened(tx, 'complained', [{ messageId }])
        break
      case 'unsubscribe':
        await suppressRecipients(tx, [messageId], 'unsubscribe', 'link in a message')
        await markHappened(tx, 'unsubscribed', [{ messageId }])
    }
    await recordAction(tx, mail.id, play)
  })
}

const tracksOpens = (mail: SandboxMail): boolean => /\/t\/o\/[0-9a-z]+\./.test(mail.html ?? '')

function requireLink(mail: SandboxMail, link: number): number {
  if (mail.links.length === 0) {
    throw new Problem('wrong_state', 'This message has no tracked link.', {
      extra: { state: 'untracked', allowed: [] },
    })
  }
  if (link >= mail.links.length) {
    throw invalidField('link', 'no_such_link', `This message has ${mail.links.length} tracked links, counted from 0.`)
  }
  return link
}

const hitOf = (workspaceId: number, messageId: number) => ({
  workspaceId,
  messageId,
  method: 'GET',
  network: null,
  atMs: Date.now(),
})

/** A gateway fetches the pictures and every link within a second. */
async function scan(app: App, workspaceId: number, messageId: number, mail: SandboxMail): Promise<void> {
  const base = { ...hitOf(workspaceId, messageId), userAgent: scanner, purpose: null }
  const clicks = mail.links.map((_, link) => ({ ...base, kind: 'click' as const, link }))
  await store(app, [...(tracksOpens(mail) ? [{ ...base, kind: 'open' as const, link: null }] : []), ...clicks])
}

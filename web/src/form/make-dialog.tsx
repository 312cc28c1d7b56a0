import { LinkedinDialog, TelegramDialog } from '../pages/chat-senders.tsx'
import { SmtpDialog } from '../pages/smtp-sender.tsx'
import { NewTemplate } from '../parts/new-template.tsx'
import { ProductDialog } from '../parts/product-dialog.tsx'
import { SegmentDialog } from '../segments/segment-dialog.tsx'

/** What a picker can make in place. */
export type Making = 'credential' | 'template' | 'segment' | 'product'

/** The dialog in which a picker makes what is not there yet; `onMade` hears the value to choose. */
export default function MakeDialog({
  what,
  channel,
  onMade,
  onClose,
}: {
  what: Making
  /** Of a sender or a template: what it is for. */
  channel: string | undefined
  onMade(value: string): void
  onClose(): void
}) {
  if (what === 'credential') {
    const Sender = channel === 'telegram' ? TelegramDialog : channel === 'linkedin' ? LinkedinDialog : SmtpDialog
    return <Sender credential={null} onMade={onMade} onClose={onClose} />
  }
  if (what === 'template') {
    const known = (['email', 'telegram', 'linkedin'] as const).find((one) => one === channel) ?? 'email'
    return <NewTemplate channel={known} onMade={({ name }) => onMade(name)} onClose={onClose} />
  }
  if (what === 'segment')
    return <SegmentDialog segment={null} only="static" onSaved={({ id }) => onMade(id)} onClose={onClose} />
  return <ProductDialog product={null} onSaved={({ id }) => onMade(id)} onClose={onClose} />
}

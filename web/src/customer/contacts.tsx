import { ActionIcon, CopyButton, Tooltip } from '@mantine/core'
import {
  IconBrandLinkedin,
  IconBrandTelegram,
  IconCheck,
  IconCopy,
  IconExternalLink,
  IconMail,
  IconPhone,
} from '@tabler/icons-react'
import type { ComponentType } from 'react'
import type { Item } from '../api.ts'
import { dayOf } from '../format.ts'
import type { Customer } from '../parts/customer-fields.ts'

type Suppression = Item<'GET /suppressions'>

const reasons: Record<Suppression['reason'], string> = {
  unsubscribe: 'unsubscribed from',
  bounce: 'bounced on',
  complaint: 'reported spam on',
  manual: 'suppressed on',
}

/** “unsubscribed from email 3 May 2027”. */
export const reachText = ({ reason, channel, createdAt }: Suppression): string =>
  `${reasons[reason]} ${channel === 'all' ? 'every channel' : channel} ${dayOf(createdAt)}`

/** A profile as a link: written by people, often without a scheme, and never trusted to have a good one. */
export const profileLink = (given: string): string => (/^https?:\/\//i.test(given) ? given : `https://${given}`)

/** How a customer is reached: each contact to copy, with what stands in the way on its channel. */
export function Contacts({ customer, suppressions }: { customer: Customer; suppressions: readonly Suppression[] }) {
  const contacts = [
    { channel: 'email', label: 'email', value: customer.email, Icon: IconMail },
    { channel: 'phone', label: 'phone number', value: customer.phone, Icon: IconPhone },
    { channel: 'telegram', label: 'Telegram chat id', value: customer.telegramChatId, Icon: IconBrandTelegram },
    { channel: 'linkedin', label: 'LinkedIn link', value: customer.linkedinUrl, Icon: IconBrandLinkedin },
  ].filter(({ value }) => value !== null)
  const general = suppressions.filter(({ channel }) => channel === 'all')
  return (
    <ul className="tl-contacts" aria-label="Contacts">
      {contacts.map(({ channel, label, value, Icon }) => (
        <Contact
          key={channel}
          Icon={Icon}
          label={label}
          value={value ?? ''}
          blocked={suppressions.filter((one) => one.channel === channel).map(reachText)}
          {...(channel === 'linkedin' && { href: profileLink(value ?? '') })}
        />
      ))}
      {contacts.length === 0 && <li className="tl-muted">No address: no message reaches them.</li>}
      {general.length > 0 && (
        <li className="tl-contact" data-blocked>
          {general.map(reachText).join(', ')}
        </li>
      )}
    </ul>
  )
}

function Contact({
  Icon,
  label,
  value,
  blocked,
  href,
}: {
  Icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>
  label: string
  value: string
  blocked: string[]
  href?: string
}) {
  return (
    <li className="tl-contact" data-blocked={blocked.length > 0 || undefined}>
      <Icon size={14} stroke={1.7} aria-hidden />
      <bdi title={value}>{value}</bdi>
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? 'Copied' : `Copy ${label}`}>
            <ActionIcon size={24} aria-label={`Copy ${label}`} onClick={copy}>
              {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
      {href && (
        <ActionIcon
          component="a"
          href={href}
          target="_blank"
          rel="noopener noreferrer"
          size={24}
          aria-label="Open the LinkedIn profile"
        >
          <IconExternalLink size={14} />
        </ActionIcon>
      )}
      {blocked.length > 0 && <small>{blocked.join(', ')}</small>}
    </li>
  )
}

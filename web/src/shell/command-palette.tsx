import { Kbd, Loader, Modal, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import {
  IconArrowRight,
  IconBolt,
  IconSearch,
  IconTargetArrow,
  IconTemplate,
  IconUser,
  IconUsersGroup,
} from '@tabler/icons-react'
import { keepPreviousData } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { nameOf } from '../format.ts'
import { linkTo } from '../parts/link.ts'
import { useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'

interface Entry {
  id: string
  group: string
  label: string
  detail?: string | undefined
  icon: ReactNode
  run(): void
}

const pages: [to: string, label: string][] = [
  ['/home', 'Home'],
  ['/campaigns', 'Campaigns'],
  ['/customers', 'Customers'],
  ['/companies', 'Companies'],
  ['/segments', 'Segments'],
  ['/products', 'Products'],
  ['/templates', 'Templates'],
  ['/tasks', 'Tasks'],
  ['/messages', 'Messages'],
  ['/sandbox', 'Sandbox mailbox'],
  ['/settings/workspace', 'Settings: workspace'],
  ['/settings/credentials', 'Settings: credentials'],
  ['/analytics', 'Analytics'],
  ['/settings/ai', 'Settings: AI models'],
  ['/settings/webhooks', 'Settings: webhooks'],
  ['/settings/members', 'Settings: members'],
  ['/settings/api-keys', 'Settings: API keys'],
  ['/settings/suppressions', 'Settings: suppressions'],
  ['/settings/audit', 'Settings: audit log'],
  ['/settings/account', 'Settings: account'],
  ['/customers/import', 'Import customers'],
]

/** All letters of what was typed occur in the text, in their order. */
const fuzzy = (text: string, typed: string): boolean => {
  let at = 0
  const lower = text.toLowerCase()
  for (const letter of typed.toLowerCase()) {
    if (letter === ' ') continue
    at = lower.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

/** Go anywhere and do the most common things from the keyboard. Customers, campaigns and the rest are searched on the server. */
export function CommandPalette({ onClose }: { onClose(): void }) {
  const navigate = useNavigate()
  const can = useCan()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const listId = useId()
  const typed = text.trim()
  const [asked] = useDebouncedValue(typed, 150)
  const search = { enabled: asked.length >= 2, placeholderData: keepPreviousData, staleTime: 5_000 }
  const query = { q: asked, limit: 6 }
  const campaigns = useApi(
    'GET /campaigns',
    { query: asked.length >= 2 ? query : { limit: 6 } },
    { staleTime: 5_000, placeholderData: keepPreviousData },
  )
  const customers = useApi('GET /customers', { query }, search)
  const segments = useApi('GET /segments', { query }, search)
  const templates = useApi('GET /templates', { query }, search)
  const workspace = useApi('GET /workspace', {}, { staleTime: 5_000 })
  const pause = useAct('POST /campaigns/:id/pause', { done: (campaign) => `“${campaign.name}” is paused` })
  const stop = useAct('POST /workspace/stop-sending', {
    done: (_, input) => (input.body?.on ? 'All sending is stopped' : 'Sending goes on'),
  })

  const entries = useMemo(() => {
    const go = (address: string) => () => void navigate(linkTo(address))
    const found: Entry[] = []
    const arrow = <IconArrowRight size={16} aria-hidden />
    const deed = <IconBolt size={16} aria-hidden />
    for (const campaign of campaigns.data?.items ?? []) {
      const icon = <IconTargetArrow size={16} aria-hidden />
      const about = { detail: campaign.status, icon }
      found.push({
        id: `c${campaign.id}`,
        group: 'Campaigns',
        label: campaign.name,
        ...about,
        run: go(`/campaigns/${campaign.id}/overview`),
      })
      if (asked.length < 2) continue
      found.push({
        id: `b${campaign.id}`,
        group: 'Campaigns',
        label: `Builder of ${campaign.name}`,
        ...about,
        run: go(`/campaigns/${campaign.id}/builder`),
      })
      if (campaign.status === 'active')
        found.push({
          id: `p${campaign.id}`,
          group: 'Do',
          label: `Pause ${campaign.name}`,
          icon: deed,
          run: () => pause.mutate({ params: { id: campaign.id } }),
        })
    }
    if (asked.length >= 2) {
      for (const customer of customers.data?.items ?? [])
        found.push({
          id: `u${customer.id}`,
          group: 'Customers',
          label: nameOf(customer),
          detail: customer.email ?? undefined,
          icon: <IconUser size={16} aria-hidden />,
          run: go(`/customers/${customer.id}`),
        })
      for (const segment of segments.data?.items ?? [])
        found.push({
          id: `s${segment.id}`,
          group: 'Segments',
          label: segment.name,
          icon: <IconUsersGroup size={16} aria-hidden />,
          run: go(`/segments/${segment.id}`),
        })
      for (const template of templates.data?.items ?? [])
        found.push({
          id: `t${template.id}`,
          group: 'Templates',
          label: template.name,
          icon: <IconTemplate size={16} aria-hidden />,
          run: go(`/templates/${template.id}`),
        })
    }
    const deeds: Entry[] = [
      { id: 'new', group: 'Do', label: 'New campaign', icon: deed, run: go('/campaigns?new=1') },
      { id: 'customer', group: 'Do', label: 'New customer', icon: deed, run: go('/customers?edit=new') },
    ]
    if (can('workspace.stop-sending') && workspace.data) {
      const on = !workspace.data.stopSending
      deeds.push({
        id: 'stop',
        group: 'Do',
        label: on ? 'Stop all sending' : 'Let sending go on',
        icon: deed,
        run: () => stop.mutate({ body: { on } }),
      })
    }
    found.push(...deeds.filter(({ label }) => fuzzy(label, typed)))
    for (const [to, label] of pages)
      if (fuzzy(label, typed)) found.push({ id: to, group: 'Go to', label, icon: arrow, run: go(to) })
    const order = ['Campaigns', 'Customers', 'Segments', 'Templates', 'Do', 'Go to']
    return found.sort((left, right) => order.indexOf(left.group) - order.indexOf(right.group))
  }, [
    typed,
    asked,
    campaigns.data,
    customers.data,
    segments.data,
    templates.data,
    workspace.data,
    can,
    navigate,
    pause.mutate,
    stop.mutate,
  ])

  const chosen = Math.min(at, entries.length - 1)
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no clean-up.
    void list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const take = (entry: Entry | undefined) => {
    if (!entry) return
    onClose()
    entry.run()
  }
  const press = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setAt((chosen + step + entries.length) % Math.max(1, entries.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      take(entries[chosen])
    }
  }
  const busy = asked !== typed || customers.isFetching || campaigns.isFetching
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size={560}
      yOffset="12vh"
      aria-label="Go to, or do"
      transitionProps={{ duration: 0 }}
    >
      <TextInput
        data-autofocus
        aria-label="Go to, or do"
        role="combobox"
        aria-expanded
        aria-controls={listId}
        aria-activedescendant={entries[chosen] ? `${listId}-${chosen}` : undefined}
        placeholder="Search campaigns, customers, pages and actions"
        leftSection={<IconSearch size={18} aria-hidden />}
        rightSection={busy && typed !== '' ? <Loader size={16} /> : <Kbd size="xs">Esc</Kbd>}
        rightSectionWidth={48}
        size="md"
        variant="unstyled"
        px={8}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={press}
      />
      <div ref={list} id={listId} role="listbox" aria-label="What was found" className="tl-commands">
        {entries.map((entry, index) => (
          <div key={entry.id}>
            {entries[index - 1]?.group !== entry.group && (
              <Text size="xs" fw={600} c="dimmed" px={14} pt={10} pb={4} role="presentation">
                {entry.group}
              </Text>
            )}
            {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys act in the field above, which keeps the focus */}
            <div
              role="option"
              tabIndex={-1}
              id={`${listId}-${index}`}
              data-at={index}
              aria-selected={index === chosen}
              className="tl-command"
              onMouseMove={() => setAt(index)}
              onClick={() => take(entry)}
            >
              {entry.icon}
              <span style={{ flex: 1, overflow: 'hidden', textOverflow: 'ellipsis' }}>{entry.label}</span>
              {entry.detail && <span className="tl-muted">{entry.detail}</span>}
            </div>
          </div>
        ))}
      </div>
      {entries.length === 0 && (
        <Text c="dimmed" p={16} role="status">
          Nothing matches “{typed}”.
        </Text>
      )}
    </Modal>
  )
}

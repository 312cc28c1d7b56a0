import { Kbd, Loader, Modal, Text, TextInput } from '@mantine/core'
import { useDebouncedValue, useLocalStorage } from '@mantine/hooks'
import {
  IconArrowRight,
  IconBolt,
  IconClock,
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
import { useCampaignActions } from '../parts/campaign-actions.tsx'
import { linkTo } from '../parts/link.ts'
import { useAct, useApi } from '../query.ts'
import { useCan } from '../session.tsx'

/** Something that can be gone to, or done. */
export interface Entry {
  id: string
  group: string
  label: string
  detail?: string | undefined
  icon: ReactNode
  /** Where it leads; remembered as recent. */
  to?: string
  run(): void
}

/** What a place adds to the palette: `@` lists its things, `>` what can be done there. */
export interface OfThisPlace {
  placeholder: string
  things: Entry[]
  deeds: Entry[]
}

interface Recent {
  id: string
  label: string
  to: string
}
const mostRecent = 5

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

/** What is done to a campaign begins with one of these words; what follows is looked for among the campaigns. */
const verbs = [
  'activate',
  'run now',
  'run',
  'pause',
  'resume',
  'complete',
  'reopen',
  're-enroll',
  'duplicate',
  'rename',
  'archive',
]

/** What is offered for a campaign that was looked for by its name alone. */
const offered = /^(Activate|Run now|Pause|Resume|Reopen)/

/** “pause trial” → `pause` and `trial`; `pau` alone is a verb on its way. */
function readVerb(typed: string): { verb: string | null; rest: string } {
  const lower = typed.toLowerCase()
  const whole = verbs.find((verb) => lower === verb || lower.startsWith(`${verb} `))
  if (whole) return { verb: whole, rest: typed.slice(whole.length).trim() }
  const begun = lower.length >= 3 && verbs.find((verb) => verb.startsWith(lower))
  return begun ? { verb: begun, rest: '' } : { verb: null, rest: typed }
}

/** Go anywhere and do the most common things from the keyboard. Customers, campaigns and the rest are searched on the server. */
export function CommandPalette({ onClose, here }: { onClose(): void; here?: OfThisPlace }) {
  const navigate = useNavigate()
  const can = useCan()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const listId = useId()
  const typed = text.trim()
  const { verb, rest } = readVerb(typed)
  const [asked] = useDebouncedValue(here && /^[@>]/.test(typed) ? '' : rest, 150)
  const [recent, setRecent] = useLocalStorage<Recent[]>({
    key: 'throughline-recent',
    defaultValue: [],
    getInitialValueInEffect: false,
  })
  const { entries: deedsOf, dialog } = useCampaignActions()
  const [acting, setActing] = useState(false)
  const search = { enabled: asked.length >= 2, placeholderData: keepPreviousData, staleTime: 5_000 }
  const query = { q: asked, limit: 6 }
  const campaigns = useApi(
    'GET /campaigns',
    { query: asked.length >= 2 ? query : { limit: verb ? 20 : 6 } },
    { staleTime: 5_000, placeholderData: keepPreviousData },
  )
  const customers = useApi('GET /customers', { query }, search)
  const segments = useApi('GET /segments', { query }, search)
  const templates = useApi('GET /templates', { query }, search)
  const workspace = useApi('GET /workspace', {}, { staleTime: 5_000 })
  const stop = useAct('POST /workspace/stop-sending', {
    done: (_, input) => (input.body?.on ? 'All sending is stopped' : 'Sending goes on'),
  })

  const entries = useMemo(() => {
    const go = (address: string) => ({ to: address, run: () => void navigate(linkTo(address)) })
    const found: Entry[] = []
    const among = (list: Entry[], sign: string) =>
      list.filter(({ label }) => fuzzy(label, typed.startsWith(sign) ? typed.slice(1) : typed))
    if (here && /^[@>]/.test(typed)) return typed.startsWith('@') ? among(here.things, '@') : among(here.deeds, '>')
    if (here) found.push(...among(here.deeds, '>').slice(0, typed === '' ? 6 : 20))
    if (here && typed !== '') found.push(...among(here.things, '@').slice(0, 8))
    if (typed === '')
      for (const { id, label, to } of recent)
        found.push({ id: `r${id}`, group: 'Recent', label, icon: <IconClock size={16} aria-hidden />, ...go(to) })
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
        ...go(`/campaigns/${campaign.id}/overview`),
      })
      if (verb || asked.length >= 2)
        for (const entry of deedsOf(campaign)) {
          if (!entry || !(verb ? entry.label.toLowerCase().startsWith(verb) : offered.test(entry.label))) continue
          const asks = entry.label.endsWith('…')
          found.push({
            id: `${entry.label}${campaign.id}`,
            group: 'Do',
            label: `${entry.label.replace('…', '')} ${campaign.name}${asks ? '…' : ''}`,
            icon: deed,
            run: () => {
              entry.run()
              if (asks) setActing(true)
            },
          })
        }
      if (asked.length < 2) continue
      found.push({
        id: `b${campaign.id}`,
        group: 'Campaigns',
        label: `Builder of ${campaign.name}`,
        ...about,
        ...go(`/campaigns/${campaign.id}/builder`),
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
          ...go(`/customers/${customer.id}`),
        })
      for (const segment of segments.data?.items ?? [])
        found.push({
          id: `s${segment.id}`,
          group: 'Segments',
          label: segment.name,
          icon: <IconUsersGroup size={16} aria-hidden />,
          ...go(`/segments/${segment.id}`),
        })
      for (const template of templates.data?.items ?? [])
        found.push({
          id: `t${template.id}`,
          group: 'Templates',
          label: template.name,
          icon: <IconTemplate size={16} aria-hidden />,
          ...go(`/templates/${template.id}`),
        })
    }
    const deeds: Entry[] = [
      { id: 'new', group: 'Do', label: 'New campaign', icon: deed, run: go('/campaigns?new=1').run },
      { id: 'customer', group: 'Do', label: 'New customer', icon: deed, run: go('/customers?edit=new').run },
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
      if (fuzzy(label, typed)) found.push({ id: to, group: 'Go to', label, icon: arrow, ...go(to) })
    // What was asked for by a verb is done first; without a word the places of the last days come first.
    const order = [
      ...(verb ? ['Do'] : []),
      ...['Recent', 'Steps', 'Actions', 'Campaigns', 'Customers', 'Segments', 'Templates', 'Do', 'Go to'],
    ]
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
    deedsOf,
    here,
    recent,
    verb,
    stop.mutate,
  ])

  const chosen = Math.min(at, entries.length - 1)
  useEffect(() => {
    // In braces: newer browsers answer with a promise, which is no clean-up.
    void list.current?.querySelector(`[data-at="${chosen}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const take = (entry: Entry | undefined) => {
    if (!entry) return
    if (entry.to !== undefined) {
      const { id, label, to } = entry
      setRecent((was) =>
        [{ id: id.replace(/^r/, ''), label, to }, ...was.filter((one) => one.to !== to)].slice(0, mostRecent),
      )
    }
    const asks = entry.label.endsWith('…') && entry.group === 'Do'
    if (!asks) onClose()
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
  // A deed that asks first goes on in its own dialog, after which nothing of this is left.
  const asking = dialog !== null
  const wasAsking = useRef(false)
  useEffect(() => {
    if (wasAsking.current && !asking) onClose()
    wasAsking.current = asking
  }, [asking, onClose])
  if (acting) return <>{dialog}</>
  const busy = asked !== rest || customers.isFetching || campaigns.isFetching
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
        placeholder={here?.placeholder ?? 'Search campaigns, customers, pages and actions'}
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

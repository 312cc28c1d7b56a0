import { ActionIcon, Button, Menu, Text, Tooltip, useMantineColorScheme } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import {
  IconBox,
  IconChartBar,
  IconChecklist,
  IconDeviceDesktop,
  IconDots,
  IconHome,
  IconInbox,
  IconKeyboard,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSend,
  IconSettings,
  IconSun,
  IconTargetArrow,
  IconTemplate,
  IconUser,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react'
import { type ErrorComponentProps, Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense, useEffect, useState } from 'react'
import { api } from '../api.ts'
import { heard, onRecovery } from '../connection.ts'
import { isUnloaded } from '../parts/lazy-part.tsx'
import { Empty, useTitle } from '../parts/page.tsx'
import { Failed } from '../parts/panel.tsx'
import { liveMs, queryClient, useApi } from '../query.ts'
import { useMe } from '../session.tsx'
import { WorkspaceMenu } from './workspaces.tsx'

type Icon = ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>

interface Place {
  to: string
  label: string
  Icon: Icon
}

const places: Place[] = [
  { to: '/home', label: 'Home', Icon: IconHome },
  { to: '/campaigns', label: 'Campaigns', Icon: IconTargetArrow },
  { to: '/analytics', label: 'Analytics', Icon: IconChartBar },
  { to: '/customers', label: 'Customers', Icon: IconUsers },
  { to: '/segments', label: 'Segments', Icon: IconUsersGroup },
  { to: '/products', label: 'Products', Icon: IconBox },
  { to: '/templates', label: 'Templates', Icon: IconTemplate },
  { to: '/tasks', label: 'Tasks', Icon: IconChecklist },
  { to: '/messages', label: 'Messages', Icon: IconSend },
]
const below: Place[] = [
  { to: '/sandbox', label: 'Sandbox mailbox', Icon: IconInbox },
  { to: '/settings', label: 'Settings', Icon: IconSettings },
]
const CommandPalette = lazy(() =>
  import('./command-palette.tsx').then((module) => ({ default: module.CommandPalette })),
)
const WorkTray = lazy(() => import('./work-tray.tsx').then((module) => ({ default: module.WorkTray })))
const KeySheet = lazy(() => import('./key-sheet.tsx').then((module) => ({ default: module.KeySheet })))
const Sheet = lazy(() => import('./sheet.tsx').then((module) => ({ default: module.Sheet })))
/** After `g`: where the next letter leads. */
const goTo: Readonly<Record<string, string>> = {
  h: '/home',
  c: '/campaigns',
  u: '/customers',
  s: '/segments',
  t: '/templates',
  p: '/products',
}
const onPhones = ['/campaigns', '/customers', '/tasks']

/** The frame of every page: sidebar, or a bottom bar on phones. `[` folds the sidebar, `⌘K` searches, `g` and a letter go somewhere, `?` says all keys. */
export function Shell() {
  const [searching, setSearching] = useState(false)
  const [keys, setKeys] = useState(false)
  const navigate = useNavigate()
  const [narrow, setNarrow] = useLocalStorage({ key: 'throughline-sidebar-narrow', defaultValue: false })
  const phone = useMediaQuery('(max-width: 900px)') ?? false
  const openTasks =
    useApi('GET /tasks', { query: { status: 'open', limit: 100 } }, { refetchInterval: liveMs * 6 }).data?.items
      .length ?? 0
  const newMail = useApi('GET /sandbox/new', {}, { refetchInterval: liveMs * 2 }).data?.count ?? 0
  const badges: Badges = {
    '/tasks': { n: openTasks, word: 'open' },
    '/sandbox': { n: newMail, word: 'new' },
  }
  useEffect(() => {
    let going = false
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault()
        setSearching((was) => !was)
        return
      }
      const inField =
        event.target instanceof HTMLElement &&
        event.target.closest('input, textarea, select, [contenteditable=true], [role=dialog]')
      if (inField || event.ctrlKey || event.metaKey || event.altKey) return
      const to = going ? goTo[event.key] : undefined
      going = event.key === 'g'
      if (to) void navigate({ to })
      else if (event.key === '[') setNarrow((was) => !was)
      else if (event.key === '?') setKeys(true)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [setNarrow, navigate])
  return (
    <div className="tl-shell">
      <a className="tl-skip" href="#main">
        Skip to the page
      </a>
      {!phone && (
        <Sidebar
          narrow={narrow}
          fold={() => setNarrow(!narrow)}
          search={() => setSearching(true)}
          keys={() => setKeys(true)}
          badges={badges}
        />
      )}
      <main className="tl-main" id="main" tabIndex={-1}>
        <Outlet />
      </main>
      {phone && <BottomBar search={() => setSearching(true)} badges={badges} />}
      <Suspense>
        <WorkTray />
      </Suspense>
      {searching && (
        <Suspense>
          <CommandPalette onClose={() => setSearching(false)} />
        </Suspense>
      )}
      {keys && (
        <Suspense>
          <KeySheet onClose={() => setKeys(false)} />
        </Suspense>
      )}
    </div>
  )
}

/** What waits at a place, and the word for it. */
type Badges = Partial<Record<string, { n: number; word: string }>>

const badgeText = (n: number): string => (n > 99 ? '99+' : String(n))

function NavLink({ place, narrow, badges }: { place: Place; narrow: boolean; badges: Badges }) {
  const badge = badges[place.to]
  const waiting = badge !== undefined && badge.n > 0
  const link = (
    <Link
      to={place.to}
      className="tl-nav"
      aria-label={narrow ? (waiting ? `${place.label}, ${badgeText(badge.n)} ${badge.word}` : place.label) : undefined}
      activeProps={{ 'aria-current': 'page' }}
    >
      <place.Icon size={18} stroke={1.7} aria-hidden />
      {!narrow && <span>{place.label}</span>}
      {narrow && waiting && <span className="tl-news" />}
      {!narrow && waiting && (
        <span className="tl-count">
          {badgeText(badge.n)}
          <span className="tl-quiet"> {badge.word}</span>
        </span>
      )}
    </Link>
  )
  return narrow ? (
    <Tooltip label={place.label} position="right">
      {link}
    </Tooltip>
  ) : (
    link
  )
}

function Sidebar({
  narrow,
  fold,
  search,
  keys,
  badges,
}: {
  narrow: boolean
  fold(): void
  search(): void
  keys(): void
  badges: Badges
}) {
  return (
    <nav className="tl-side" aria-label="Main" data-narrow={narrow || undefined}>
      <WorkspaceMenu narrow={narrow} />
      <SearchButton narrow={narrow} search={search} />
      {places.map((place) => (
        <NavLink key={place.to} place={place} narrow={narrow} badges={badges} />
      ))}
      <div style={{ flex: 1 }} />
      {below.map((place) => (
        <NavLink key={place.to} place={place} narrow={narrow} badges={badges} />
      ))}
      <div className="tl-side-foot">
        <PersonMenu narrow={narrow} keys={keys} />
        <Tooltip label={narrow ? 'Unfold the sidebar  [' : 'Fold the sidebar  ['} position="right">
          <ActionIcon
            onClick={fold}
            aria-label={narrow ? 'Unfold the sidebar' : 'Fold the sidebar'}
            aria-expanded={!narrow}
          >
            {narrow ? <IconLayoutSidebarLeftExpand size={18} /> : <IconLayoutSidebarLeftCollapse size={18} />}
          </ActionIcon>
        </Tooltip>
      </div>
    </nav>
  )
}

function SearchButton({ narrow, search }: { narrow: boolean; search(): void }) {
  const button = (
    <button
      type="button"
      className="tl-nav"
      onClick={search}
      aria-label={narrow ? 'Search' : undefined}
      aria-haspopup="dialog"
    >
      <IconSearch size={18} stroke={1.7} aria-hidden />
      {!narrow && <span>Search</span>}
      {!narrow && (
        <span className="tl-muted" aria-hidden style={{ marginLeft: 'auto', fontSize: 12 }}>
          {/Mac/.test(navigator.userAgent) ? '⌘K' : 'Ctrl K'}
        </span>
      )}
    </button>
  )
  return narrow ? (
    <Tooltip label="Search" position="right">
      {button}
    </Tooltip>
  ) : (
    button
  )
}

/** Ends the session here and forgets what was read with it. */
export async function signOut(): Promise<void> {
  await api('POST /auth/logout')
  queryClient.clear()
  window.location.assign('/login')
}

const initials = (name: string): string =>
  name
    .split(/[\s.@_-]+/)
    .filter(Boolean)
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase())
    .join('')

function PersonMenu({ narrow, keys }: { narrow: boolean; keys?: () => void }) {
  const me = useMe()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const navigate = useNavigate()
  const name = me.account?.name || me.account?.email || 'API key'
  const schemes = [
    { value: 'light', label: 'Light', Icon: IconSun },
    { value: 'dark', label: 'Dark', Icon: IconMoon },
    { value: 'auto', label: 'As the system', Icon: IconDeviceDesktop },
  ] as const
  return (
    <Menu position="top-start">
      <Menu.Target>
        <button type="button" className="tl-nav" aria-label={`${name}, account menu`}>
          <b className="tl-me" data-initials={initials(name)} aria-hidden />
          {!narrow && <span>{name}</span>}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconUser size={16} />}
          onClick={() => void navigate({ to: '/settings/$section', params: { section: 'account' } })}
        >
          Account
        </Menu.Item>
        {keys && (
          <Menu.Item leftSection={<IconKeyboard size={16} />} rightSection="?" onClick={keys}>
            Keys
          </Menu.Item>
        )}
        <Menu.Label>Colours</Menu.Label>
        {schemes.map(({ value, label, Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={16} />}
            onClick={() => setColorScheme(value)}
            aria-current={colorScheme === value || undefined}
            fw={colorScheme === value ? 600 : 400}
          >
            {label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function BottomBar({ search, badges }: { search(): void; badges: Badges }) {
  const [more, setMore] = useState(false)
  const path = useRouterState({ select: (state) => state.location.pathname })
  // biome-ignore lint/correctness/useExhaustiveDependencies: going somewhere closes the sheet
  useEffect(() => setMore(false), [path])
  return (
    <nav className="tl-bar" aria-label="Main">
      {places
        .filter((place) => onPhones.includes(place.to))
        .map(({ to, label, Icon }) => (
          <Link key={to} to={to} activeProps={{ 'aria-current': 'page' }}>
            <Icon size={22} stroke={1.7} aria-hidden />
            {label}
            {(badges[to]?.n ?? 0) > 0 && (
              <span className="tl-quiet">
                , {badgeText(badges[to]?.n ?? 0)} {badges[to]?.word}
              </span>
            )}
          </Link>
        ))}
      <button type="button" onClick={() => setMore(true)} aria-haspopup="dialog">
        <IconDots size={22} aria-hidden />
        More
      </button>
      {more && (
        <Suspense>
          <Sheet title="More" onClose={() => setMore(false)}>
            <WorkspaceMenu narrow={false} />
            <SearchButton
              narrow={false}
              search={() => {
                setMore(false)
                search()
              }}
            />
            {[...places.filter((place) => !onPhones.includes(place.to)), ...below].map((place) => (
              <NavLink key={place.to} place={place} narrow={false} badges={badges} />
            ))}
            <PersonMenu narrow={false} />
          </Sheet>
        </Suspense>
      )}
    </nav>
  )
}

/** The 404 inside the shell. */
export function NotFound() {
  useTitle('Not found')
  return (
    <div className="tl-page">
      <div className="tl-card" style={{ padding: 48, textAlign: 'center' }}>
        <h1 style={{ fontSize: 22, margin: 0 }}>There is no such page</h1>
        <Text c="dimmed" my={8}>
          The address may be misspelt, or what it named is gone.
        </Text>
        <Button component={Link} to="/campaigns" variant="default">
          Go to campaigns
        </Button>
      </div>
    </div>
  )
}

/** What is left of a page whose code failed; the rest of the app goes on. A page that could not be loaded comes once the server answers. */
export function PageFailure({ error, reset }: ErrorComponentProps) {
  const unloaded = isUnloaded(error)
  useEffect(() => {
    if (!unloaded) return
    // Once: what is still missing then, a reload will not bring.
    const key = 'throughline-loaded-again'
    if (sessionStorage.getItem(key) === window.location.href) return
    const stop = onRecovery(() => {
      sessionStorage.setItem(key, window.location.href)
      window.location.reload()
    })
    heard(0)
    return stop
  }, [unloaded])
  return (
    <div className="tl-page">
      <div className="tl-card">
        {unloaded ? (
          <Empty
            title="This page could not be loaded"
            action={<Button onClick={() => window.location.reload()}>Load it again</Button>}
          >
            The server does not answer, or was brought up to date in the meantime. What you typed elsewhere is kept.
          </Empty>
        ) : (
          <Failed error={error} reload={reset} what="page" />
        )}
      </div>
    </div>
  )
}

import { ActionIcon, Tooltip } from '@mantine/core'
import { useLocalStorage, useMediaQuery } from '@mantine/hooks'
import {
  IconBox,
  IconChartBar,
  IconChecklist,
  IconDots,
  IconHome,
  IconInbox,
  IconLayoutSidebarLeftCollapse,
  IconLayoutSidebarLeftExpand,
  IconSearch,
  IconSend,
  IconSettings,
  IconTargetArrow,
  IconTemplate,
  IconUsers,
  IconUsersGroup,
} from '@tabler/icons-react'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { type ComponentType, lazy, Suspense, useEffect, useState } from 'react'
import { liveMs, useApi } from '../query.ts'
import { PersonMenu } from './person-menu.tsx'
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

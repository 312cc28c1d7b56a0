import { Loader } from '@mantine/core'
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  useNavigate,
} from '@tanstack/react-router'
import { useEffect } from 'react'
import { ApiProblem } from './api.ts'
import { askAhead } from './builder/ahead.ts'
import { readTimesIn } from './format.ts'
import { Failure } from './parts/page.tsx'
import { prefetch, useApi } from './query.ts'
import { SessionKeeper } from './session.tsx'
import { ConnectionBar, StoppedBar } from './shell/connection-bar.tsx'
import { NotFound, PageFailure } from './shell/failures.tsx'
import { Shell } from './shell/shell.tsx'
import { useSubmitByKey } from './shell/submit-by-key.ts'
import { DemoBar } from './shell/workspaces.tsx'

/** Search parameters: a few named texts, all optional. */
const texts =
  <Name extends string>(...names: Name[]) =>
  (search: Record<string, unknown>): Partial<Record<Name, string>> => {
    const found: Partial<Record<Name, string>> = {}
    for (const name of names) {
      const value = search[name]
      // The router reads JSON in an address as what it stands for; rules stay text.
      if (value !== undefined && value !== '')
        found[name] = typeof value === 'object' ? JSON.stringify(value) : String(value)
    }
    return found
  }

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: PageFailure })

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/access.tsx'), 'SetupPage'),
})
const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: texts('next', 'changed'),
  component: lazyRouteComponent(() => import('./pages/access.tsx'), 'LoginPage'),
})
const forgot = createRoute({
  getParentRoute: () => root,
  path: '/forgot',
  component: lazyRouteComponent(() => import('./pages/forgotten.tsx'), 'ForgotPage'),
})
/** The secret of a link stands behind the # or, as UX §4.2 has it, in the path. */
const reset = (['/reset', '/reset/$token'] as const).map((path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(() => import('./pages/forgotten.tsx'), 'ResetPage'),
  }),
)
const invite = (['/invite', '/invite/$token', '/accept-invite'] as const).map((path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(() => import('./pages/access.tsx'), 'InvitePage'),
  }),
)
const underAuth = createRoute({
  getParentRoute: () => root,
  path: '/auth/$',
  beforeLoad: ({ params }) => {
    throw redirect({ href: `/${params._splat ?? 'login'}${window.location.hash}` })
  },
})

/** Waits until it is known who is there; nobody is sent to sign in, and back here afterwards. */
function SignedIn() {
  useSubmitByKey()
  const me = useApi('GET /me', {}, { staleTime: 60_000 })
  const navigate = useNavigate()
  const nobody = me.data === undefined && me.error instanceof ApiProblem && me.error.status === 401
  useEffect(() => {
    if (!nobody) return
    const { pathname, search } = window.location
    const next = pathname === '/' || pathname === '/home' ? undefined : pathname + search
    void navigate({ to: '/login', search: { next }, replace: true })
  }, [nobody, navigate])
  if (me.data) {
    // Before anything below writes a time.
    readTimesIn(me.data.account?.timezone ?? null)
    return (
      <SessionKeeper>
        <div className="tl-app">
          {me.data.workspace.isDemo && <DemoBar />}
          <StoppedBar />
          <ConnectionBar />
          <div>
            <Outlet />
          </div>
        </div>
      </SessionKeeper>
    )
  }
  return (
    <div className="tl-center">
      {me.error && !nobody ? (
        <Failure error={me.error} retry={() => void me.refetch()} />
      ) : (
        <Loader aria-label="Loading" />
      )}
    </div>
  )
}

const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  loader: () => prefetch('GET /me', {}, { staleTime: 60_000 }),
  component: SignedIn,
})
const shell = createRoute({ getParentRoute: () => signedIn, id: 'shell', component: Shell })
const builder = createRoute({
  getParentRoute: () => signedIn,
  path: '/campaigns/$id/builder',
  validateSearch: texts('node', 'field', 'panel', 'mode', 'side', 'tab', 'run', 'who', 'range', 'from', 'to'),
  // On the way there only: pointing at a link loads the code, not what somebody may change before it is pressed.
  loader: ({ params, preload }) => {
    if (!preload) askAhead(params.id)
  },
  // A panel that opens is a new address, but nothing new to ask for.
  shouldReload: false,
  gcTime: 0,
  component: lazyRouteComponent(() => import('./builder/builder-page.tsx'), 'BuilderPage'),
})

const start = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/home' })
  },
})
const home = createRoute({
  getParentRoute: () => shell,
  path: '/home',
  component: lazyRouteComponent(() => import('./pages/home.tsx'), 'HomePage'),
})
const campaigns = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns',
  validateSearch: texts('status', 'q', 'owner', 'product', 'attention', 'sort', 'new'),
  component: lazyRouteComponent(() => import('./pages/campaigns.tsx'), 'CampaignsPage'),
})
const newCampaign = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/new',
  beforeLoad: () => {
    throw redirect({ to: '/campaigns', search: { new: '1' } })
  },
})
const campaign = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/$id',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/campaigns/$id/$tab', params: { id: params.id, tab: 'overview' } })
  },
})
const campaignTab = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/$id/$tab',
  validateSearch: texts(
    ...(['run', 'status', 'nodeId', 'state', 'firing', 'who'] as const),
    ...(['range', 'from', 'to', 'channel', 'productId', 'version', 'entry', 'branch', 'by'] as const),
    ...(['view', 'unit', 'before', 'step', 'q', 'sort'] as const),
  ),
  // As runs were addressed before they had an address of their own.
  beforeLoad: ({ params, search: given }) => {
    const { run, ...search } = given as { run?: string; state?: string; nodeId?: string }
    if (params.tab === 'runs' && run !== undefined)
      throw redirect({ to: '/campaigns/$id/runs/$runId', params: { id: params.id, runId: run }, search, replace: true })
  },
  component: lazyRouteComponent(() => import('./pages/campaign.tsx'), 'CampaignPage'),
})
const campaignRun = createRoute({
  getParentRoute: () => shell,
  path: '/campaigns/$id/runs/$runId',
  validateSearch: texts('nodeId', 'state', 'version', 'q', 'sort', 'firing'),
  component: lazyRouteComponent(() => import('./pages/campaign.tsx'), 'CampaignPage'),
})
const analytics = createRoute({
  getParentRoute: () => shell,
  path: '/analytics',
  validateSearch: texts(
    'range',
    'from',
    'to',
    'channel',
    'productId',
    'entry',
    'campaigns',
    'compare',
    'before',
    'who',
  ),
  component: lazyRouteComponent(() => import('./pages/analytics.tsx'), 'AnalyticsPage'),
})
const customers = createRoute({
  getParentRoute: () => shell,
  path: '/customers',
  validateSearch: texts(
    'q',
    'tag',
    'segmentId',
    'companyId',
    'rules',
    'sort',
    'open',
    'tab',
    'kind',
    'edit',
    'archived',
  ),
  component: lazyRouteComponent(() => import('./pages/customers.tsx'), 'CustomersPage'),
})
const importPage = createRoute({
  getParentRoute: () => shell,
  path: '/customers/import',
  validateSearch: texts('id', 'paste'),
  component: lazyRouteComponent(() => import('./pages/import.tsx'), 'ImportPage'),
})
const customer = createRoute({
  getParentRoute: () => shell,
  path: '/customers/$id',
  validateSearch: texts('tab', 'kind'),
  component: lazyRouteComponent(() => import('./pages/customer.tsx'), 'CustomerPage'),
})
const companies = createRoute({
  getParentRoute: () => shell,
  path: '/companies',
  validateSearch: texts('q', 'sort'),
  component: lazyRouteComponent(() => import('./pages/companies.tsx'), 'CompaniesPage'),
})
const company = createRoute({
  getParentRoute: () => shell,
  path: '/companies/$id',
  component: lazyRouteComponent(() => import('./pages/companies.tsx'), 'CompanyPage'),
})
const segments = createRoute({
  getParentRoute: () => shell,
  path: '/segments',
  validateSearch: texts('q', 'kind', 'sort'),
  component: lazyRouteComponent(() => import('./pages/segments.tsx'), 'SegmentsPage'),
})
const segment = createRoute({
  getParentRoute: () => shell,
  path: '/segments/$id',
  component: lazyRouteComponent(() => import('./pages/segments.tsx'), 'SegmentPage'),
})
const products = createRoute({
  getParentRoute: () => shell,
  path: '/products',
  validateSearch: texts('status', 'q', 'sort'),
  component: lazyRouteComponent(() => import('./pages/products.tsx'), 'ProductsPage'),
})
const product = createRoute({
  getParentRoute: () => shell,
  path: '/products/$id',
  component: lazyRouteComponent(() => import('./pages/product.tsx'), 'ProductPage'),
})
const templates = createRoute({
  getParentRoute: () => shell,
  path: '/templates',
  validateSearch: texts('channel', 'q', 'sort'),
  component: lazyRouteComponent(() => import('./pages/templates.tsx'), 'TemplatesPage'),
})
const template = createRoute({
  getParentRoute: () => shell,
  path: '/templates/$id',
  component: lazyRouteComponent(() => import('./templates/editor.tsx'), 'TemplatePage'),
})
const tasks = createRoute({
  getParentRoute: () => shell,
  path: '/tasks',
  validateSearch: texts('state', 'who', 'q', 'sort', 'open', 'tab', 'kind'),
  component: lazyRouteComponent(() => import('./pages/tasks.tsx'), 'TasksPage'),
})
const messages = createRoute({
  getParentRoute: () => shell,
  path: '/messages',
  validateSearch: texts('state', 'happened', 'campaignId', 'channel', 'q', 'from', 'to', 'sort', 'open'),
  component: lazyRouteComponent(() => import('./pages/messages.tsx'), 'MessagesPage'),
})
const sandbox = createRoute({
  getParentRoute: () => shell,
  path: '/sandbox',
  validateSearch: texts('open', 'q'),
  component: lazyRouteComponent(() => import('./pages/sandbox.tsx'), 'SandboxPage'),
})
const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$section', params: { section: 'workspace' } })
  },
})
const section = createRoute({
  getParentRoute: () => shell,
  path: '/settings/$section',
  validateSearch: texts('actor', 'action', 'on', 'id', 'since', 'until', 'q', 'reason', 'channel', 'sort'),
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'SettingsPage'),
})

const tree = root.addChildren([
  setup,
  login,
  forgot,
  ...reset,
  ...invite,
  underAuth,
  signedIn.addChildren([
    builder,
    shell.addChildren([
      start,
      home,
      campaigns,
      newCampaign,
      campaign,
      campaignTab,
      campaignRun,
      analytics,
      customers,
      importPage,
      customer,
      companies,
      company,
      segments,
      segment,
      products,
      product,
      templates,
      template,
      tasks,
      messages,
      sandbox,
      settings,
      section,
    ]),
  ]),
])

/** The app's addresses (UX §4.2); everything but the frame is loaded when first shown. */
export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailure,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

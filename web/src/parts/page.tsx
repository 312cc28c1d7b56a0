import { Alert, Button, Group, MantineThemeProvider, Skeleton, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconArrowLeft } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import { ApiProblem } from '../api.ts'
import { Panel } from './panel.tsx'

/** A page of the shell: window title, heading (null: the page brings its own), actions on the right. */
export function Page({
  title,
  part,
  heading,
  actions,
  back,
  children,
  wide,
  fill,
}: {
  title: string
  /** Which page of the thing this is, for the window's title; what `back` leads to unless said. */
  part?: string | undefined
  heading?: ReactNode
  actions?: ReactNode
  back?: { to: string; label: string }
  children: ReactNode
  wide?: boolean
  /** One table that takes the height that is left. */
  fill?: boolean
}) {
  const page = part ?? back?.label
  useTitle(page ? `${title} · ${page}` : title)
  return (
    <div className="tl-page" data-fill={fill || undefined} style={wide ? { maxWidth: 'none' } : undefined}>
      {back && (
        <Link
          to={back.to}
          className="tl-link tl-muted"
          style={{ display: 'inline-flex', alignItems: 'center', gap: 4, fontSize: 13, marginBottom: 6 }}
        >
          <IconArrowLeft size={14} aria-hidden /> {back.label}
        </Link>
      )}
      {(heading !== null || actions) && (
        <div className="tl-head">
          <div>{heading === undefined ? <Title order={1}>{title}</Title> : heading}</div>
          {actions}
        </div>
      )}
      {children}
    </div>
  )
}

/** Names the window: "<thing> · <page> · Throughline" (UX §4.2). */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Throughline`
  }, [title])
}

/** A page has one primary button, and it is not the one that an empty list repeats. */
const repeated = { components: { Button: Button.extend({ defaultProps: { size: 'sm', variant: 'light' } }) } }

/** Why there is nothing to see, and what to do about it. */
export function Empty({
  title,
  icon,
  children,
  action,
}: {
  title: string
  /** What would be here, as the sidebar draws it. */
  icon?: ReactNode
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <Stack align="center" gap={6} py={48} px={16} ta="center">
      {icon && (
        <span className="tl-empty-icon" aria-hidden>
          {icon}
        </span>
      )}
      <Text fw={600} size="lg">
        {title}
      </Text>
      {children && (
        <Text c="dimmed" maw={460}>
          {children}
        </Text>
      )}
      {action && (
        <div style={{ marginTop: 10 }}>
          <MantineThemeProvider theme={repeated} inherit>
            {action}
          </MantineThemeProvider>
        </div>
      )}
    </Stack>
  )
}

/** What is not there, or is another workspace's; leads back to the list. */
function NothingHere({ back }: { back: { to: string; label: string } }) {
  useTitle('Nothing here')
  return (
    <Empty
      title="Nothing here"
      action={
        <Button component={Link} to={back.to} variant="default">
          {back.label}
        </Button>
      }
    >
      It was deleted, or it belongs to another workspace.
    </Empty>
  )
}

/** What went wrong with reading something, in place; 404 leads back to a list. */
export function Failure({
  error,
  retry,
  back,
}: {
  error: Error
  retry?: () => void
  back?: { to: string; label: string }
}) {
  if (error instanceof ApiProblem && error.status === 404) {
    return back ? <NothingHere back={back} /> : <Empty title="Nothing here">It was deleted meanwhile.</Empty>
  }
  return (
    <Alert
      color="red"
      // The whole of a page: it stands clear of the edges.
      {...(back && { m: 'lg' })}
      icon={<IconAlertTriangle size={18} />}
      title={
        error instanceof ApiProblem && error.status === 403
          ? 'Your role does not allow this'
          : 'This could not be loaded'
      }
      role="alert"
    >
      {error.message}
      {(retry || back) && (
        <Group mt={8} gap={8}>
          {retry && (
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
          )}
          {back && (
            <Button size="xs" variant="default" component={Link} to={back.to}>
              {back.label}
            </Button>
          )}
        </Group>
      )}
    </Alert>
  )
}

/** The shape of what is coming. */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={10} p={14} role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the bars are all the same and never move
        <Skeleton key={index} height={24} radius={6} />
      ))}
    </Stack>
  )
}

interface Read<Data> {
  data: Data | undefined
  error: Error | null
  refetch(): unknown
}

/** Shows what was read, its shape while it is coming, or why it is not there. */
export function Show<Data>({
  of,
  back,
  rows,
  children,
}: {
  of: Read<Data>
  back?: { to: string; label: string }
  rows?: number
  children(data: Data): ReactNode
}) {
  if (of.data !== undefined) {
    const { data } = of
    return (
      <Panel of={data}>
        <Drawn>{() => children(data)}</Drawn>
      </Panel>
    )
  }
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} {...(back && { back })} />
  return <Loading {...(rows !== undefined && { rows })} />
}

/** Draws inside its own component, so that a fault in it is caught by the panel around. */
function Drawn({ children }: { children(): ReactNode }) {
  return <>{children()}</>
}

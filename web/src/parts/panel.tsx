import { Button, CopyButton, Group, Text } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { queryClient } from '../query.ts'
import { isUnloaded, loadFailedAgain } from './lazy-part.tsx'

/** What somebody who mends it wants to know of a failure in the page. */
const detailsOf = (error: unknown): string =>
  [
    new Date().toISOString(),
    window.location.href,
    navigator.userAgent,
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ].join('\n')

/** That a part of the page failed, with what can be done: draw it again, copy what happened. */
export function Failed({ error, reload, what = 'panel' }: { error: unknown; reload(): void; what?: string }) {
  return (
    <div role="alert" className="tl-card" style={{ padding: 20 }}>
      <Text fw={600}>This {what} failed.</Text>
      <Text size="sm" c="dimmed" mb={10} style={{ overflowWrap: 'anywhere' }}>
        {isUnloaded(error)
          ? 'It could not be loaded: the server does not answer, or was brought up to date in the meantime'
          : error instanceof Error
            ? error.message
            : String(error)}
        . The rest of the app goes on.
      </Text>
      <Group gap={8}>
        <Button size="xs" variant="default" onClick={reload}>
          Reload {what}
        </Button>
        {isUnloaded(error) && (
          <Button size="xs" variant="default" onClick={() => window.location.reload()}>
            Load the page again
          </Button>
        )}
        <CopyButton value={detailsOf(error)}>
          {({ copied, copy }) => (
            <Button size="xs" variant="subtle" onClick={copy}>
              {copied ? 'Copied' : 'Copy details'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </div>
  )
}

interface PanelProps {
  children: ReactNode
  /** Another one draws the panel anew. */
  of?: unknown
  /** What stands around the message, where the panel has a frame of its own. */
  frame?: (message: ReactNode) => ReactNode
}

/** Keeps a fault in what it holds, or that it cannot be loaded, from taking the page down. */
export class Panel extends Component<PanelProps, { error: unknown; of: unknown }> {
  override state = { error: null as unknown, of: this.props.of }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  static getDerivedStateFromProps(props: { of?: unknown }, state: { error: unknown; of: unknown }) {
    return props.of === state.of ? null : { error: null, of: props.of }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    const reload = async () => {
      // It may have failed on what was read: that is read anew, also where another part shows it, too.
      queryClient.removeQueries({ type: 'inactive' })
      await queryClient.refetchQueries({ type: 'active' })
      loadFailedAgain()
      this.setState({ error: null })
    }
    const message = <Failed error={error} reload={() => void reload()} />
    return this.props.frame ? this.props.frame(message) : message
  }
}

import { Alert, Button, Group, Modal, Progress, Stack, Text } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { api } from '../api.ts'
import { Confirm } from '../parts/confirm.tsx'
import { queryClient, toast, toastProblem, useApi } from '../query.ts'
import { useMe } from '../session.tsx'
import { switchWorkspace } from './workspaces.tsx'

/** Asks for the demo workspace, shows how it is made, and goes there when it is whole. Closing it stops nothing. */
export function DemoDialog({ onClose }: { onClose(): void }) {
  const [asked, setAsked] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const demo = useApi('GET /workspaces/demo', {}, { enabled: asked, refetchInterval: 500, staleTime: 0 })
  const going = useRef(false)
  const ask = async () => {
    setFailure(null)
    try {
      await api('POST /workspaces/demo')
      await queryClient.invalidateQueries({ queryKey: ['GET /workspaces/demo'] })
      setAsked(true)
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error))
    }
  }
  const begun = useRef(false)
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the dialog opens
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    void ask()
  }, [])
  const { data } = demo
  useEffect(() => {
    if (!asked || demo.isFetching || data?.state !== 'ready' || data.workspaceId === null || going.current) return
    going.current = true
    void switchWorkspace(data.workspaceId)
  }, [asked, data, demo.isFetching])
  const wrong = failure ?? (asked && data?.state === 'failed' ? (data.error ?? 'It could not be loaded.') : null)
  const done = data?.state === 'ready' ? data.total : (data?.done ?? 0)
  return (
    <Modal opened onClose={onClose} title="The demo workspace">
      <Stack>
        {wrong ? (
          <Alert color="red" role="alert" title="The demo workspace could not be made">
            {wrong}
          </Alert>
        ) : (
          <>
            <Text size="sm">
              A workspace of its own with 300 made-up customers and three campaigns that run for real, into the sandbox
              mailbox. Nothing of yours is in it, and you can delete it at any time.
            </Text>
            <Progress.Root size={10} aria-label="How far it is">
              <Progress.Section
                value={data ? Math.max(4, (done / data.total) * 100) : 4}
                animated
                aria-label={`${done} of ${data?.total ?? 0} steps`}
              />
            </Progress.Root>
            <Text size="sm" c="dimmed" role="status">
              {data?.state === 'ready' ? 'Ready. Opening it …' : `${data?.doing ?? 'Beginning'} …`}
            </Text>
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {wrong ? 'Close' : 'Go on here meanwhile'}
          </Button>
          {wrong && <Button onClick={() => void ask()}>Try again</Button>}
        </Group>
      </Stack>
    </Modal>
  )
}

/** Deletes the demo workspace; whoever is in it goes to their own first. */
export function DeleteDemo({ onClose }: { onClose(): void }) {
  const me = useMe()
  const [busy, setBusy] = useState(false)
  const own = me.workspaces.find((one) => !one.isDemo)
  const remove = async () => {
    setBusy(true)
    try {
      if (me.workspace.isDemo && own) await api('POST /auth/switch', { body: { workspaceId: own.id } })
      await api('DELETE /workspaces/demo')
      if (me.workspace.isDemo) {
        queryClient.clear()
        window.location.assign(own ? '/home' : '/login')
        return
      }
      await queryClient.invalidateQueries()
      toast('The demo workspace is deleted')
      onClose()
    } catch (error) {
      toastProblem(error)
      setBusy(false)
    }
  }
  return (
    <Confirm
      opened
      title="Delete the demo workspace?"
      deed="Delete the demo workspace"
      danger
      busy={busy}
      onClose={onClose}
      onConfirm={() => void remove()}
    >
      Its customers, campaigns, messages and everything you tried in it go for good. Your own workspace is not touched.
      {!own && ' You have no other workspace: this login goes, too.'}
    </Confirm>
  )
}

import { Button, Menu, Text } from '@mantine/core'
import { IconCheck, IconChevronDown, IconCompass, IconTrash } from '@tabler/icons-react'
import { lazy, Suspense, useState } from 'react'
import { api } from '../api.ts'
import { queryClient, toastProblem, useApi } from '../query.ts'
import { useCan, useMe } from '../session.tsx'

const DemoDialog = lazy(() => import('./demo-dialog.tsx').then((module) => ({ default: module.DemoDialog })))
const DeleteDemo = lazy(() => import('./demo-dialog.tsx').then((module) => ({ default: module.DeleteDemo })))

/** Goes on in another workspace: everything that was read of this one is forgotten with the page. */
export async function switchWorkspace(workspaceId: number): Promise<void> {
  try {
    await api('POST /auth/switch', { body: { workspaceId } })
    queryClient.clear()
    window.location.assign('/home')
  } catch (error) {
    toastProblem(error)
  }
}

/** On every page of a demo workspace: that it is one, and the ways out. */
export function DemoBar() {
  const me = useMe()
  const [deleting, setDeleting] = useState(false)
  const home = me.workspaces.find((one) => !one.isDemo)
  return (
    <div className="tl-demo-bar" role="note" aria-label="Demo workspace">
      <IconCompass size={16} aria-hidden />
      <span>
        <b>Demo workspace</b>
        <span className="tl-demo-more"> · made-up customers, mail goes to the sandbox alone</span>
      </span>
      {home && (
        <Button size="compact-sm" variant="default" onClick={() => void switchWorkspace(home.id)}>
          Leave
        </Button>
      )}
      {me.role === 'owner' && (
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconTrash size={14} />}
          onClick={() => setDeleting(true)}
        >
          Delete…
        </Button>
      )}
      {deleting && (
        <Suspense>
          <DeleteDemo onClose={() => setDeleting(false)} />
        </Suspense>
      )}
    </div>
  )
}

/** Opens the demo workspace; makes it first, which shows how far it is. */
export function OpenDemoButton({ variant = 'default' }: { variant?: 'default' | 'light' }) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant={variant} leftSection={<IconCompass size={16} />} onClick={() => setOpened(true)}>
        Open the demo workspace
      </Button>
      {opened && (
        <Suspense>
          <DemoDialog onClose={() => setOpened(false)} />
        </Suspense>
      )}
    </>
  )
}

/** The workspace's name; a menu of all of them where there is a choice. */
export function WorkspaceMenu({ narrow }: { narrow: boolean }) {
  const me = useMe()
  const can = useCan()
  const [dialog, setDialog] = useState<'open' | 'delete' | null>(null)
  const mayHaveDemo = can('demo.manage') && me.account !== null
  const demo = useApi('GET /workspaces/demo', {}, { enabled: mayHaveDemo, staleTime: 60_000 }).data
  const inDemo = me.workspace.isDemo
  const ready = demo?.state === 'ready'
  return (
    <>
      <Menu position="bottom-start" width={260}>
        <Menu.Target>
          <button type="button" className="tl-brand" aria-label={`Workspace ${me.workspace.name}, switch`}>
            <img src="/icon.svg" alt="" width={26} height={26} />
            {!narrow && (
              <Text component="span" fw={600} truncate title={me.workspace.name}>
                {me.workspace.name}
              </Text>
            )}
            {!narrow && <IconChevronDown size={14} aria-hidden />}
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Workspaces</Menu.Label>
          {me.workspaces.map((one) => {
            const here = one.id === me.workspace.id
            return (
              <Menu.Item
                key={one.id}
                leftSection={here ? <IconCheck size={16} /> : <span style={{ width: 16 }} />}
                aria-current={here || undefined}
                onClick={() => here || void switchWorkspace(one.id)}
              >
                {one.name}
              </Menu.Item>
            )
          })}
          {mayHaveDemo && !inDemo && <Menu.Divider />}
          {mayHaveDemo && !inDemo && !ready && (
            <Menu.Item leftSection={<IconCompass size={16} />} onClick={() => setDialog('open')}>
              Open the demo workspace
            </Menu.Item>
          )}
          {mayHaveDemo && !inDemo && ready && (
            <Menu.Item data-danger leftSection={<IconTrash size={16} />} onClick={() => setDialog('delete')}>
              Delete the demo workspace…
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog !== null && (
        <Suspense>
          {dialog === 'open' ? (
            <DemoDialog onClose={() => setDialog(null)} />
          ) : (
            <DeleteDemo onClose={() => setDialog(null)} />
          )}
        </Suspense>
      )}
    </>
  )
}

import { Menu } from '@mantine/core'

/** One thing that can be done to what the menu is about; the keys do the same. */
export interface StepAction {
  label: string
  keys?: string
  danger?: boolean
  run(): void
}

/** A menu at a place on the screen: of a step, a connection or the empty canvas. */
export function StepMenu({
  at,
  actions,
  onClose,
}: {
  at: { x: number; y: number }
  actions: (StepAction | false)[]
  onClose(): void
}) {
  return (
    <Menu opened onClose={onClose} position="bottom-start" width={230} returnFocus withinPortal>
      <Menu.Target>
        <span style={{ position: 'fixed', left: at.x, top: at.y, width: 1, height: 1 }} />
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(
          (action) =>
            action && (
              <Menu.Item
                key={action.label}
                {...(action.danger && { color: 'red' })}
                rightSection={action.keys && <span className="tl-muted">{action.keys}</span>}
                onClick={action.run}
              >
                {action.label}
              </Menu.Item>
            ),
        )}
      </Menu.Dropdown>
    </Menu>
  )
}

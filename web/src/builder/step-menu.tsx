import { Menu } from '@mantine/core'
import { useEffect, useState } from 'react'

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
  const [before] = useState(() => document.activeElement)
  useEffect(() => {
    // Wherever the focus is: a menu that the pointer opened has it not.
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      onClose()
      const back = before instanceof HTMLElement && before !== document.body ? before : null
      ;(back ?? document.querySelector<HTMLElement>('.tl-flow'))?.focus()
    }
    window.addEventListener('keydown', onKey, { capture: true })
    return () => window.removeEventListener('keydown', onKey, { capture: true })
  }, [onClose, before])
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
                {...(action.danger && { 'data-danger': true })}
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

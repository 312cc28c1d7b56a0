import { ActionIcon, Button, Loader, Progress } from '@mantine/core'
import { useLocalStorage } from '@mantine/hooks'
import { IconAlertTriangle, IconChevronDown, IconChevronUp, IconCircleCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { plural } from '../format.ts'
import { linkTo } from '../parts/link.ts'
import { type TrayItem, useWork } from './use-work.ts'
import './work-tray.css'

/** What takes long and goes on by itself, bottom right: it follows from page to page, and leaving is safe. */
export function WorkTray() {
  const { items, forget } = useWork()
  const [small, setSmall] = useLocalStorage({ key: 'throughline-tray-small', defaultValue: false })
  if (items.length === 0) return null
  const going = items.filter(({ state }) => state === 'running').length
  const title = going > 0 ? `${plural(going, 'thing')} under way` : 'All done'
  return (
    <section className="tl-tray" aria-label="Background work">
      <header>
        {going > 0 ? (
          <Loader size={14} aria-hidden />
        ) : (
          <IconCircleCheck size={16} color="var(--tl-good)" aria-hidden />
        )}
        <b role="status">{title}</b>
        {going < items.length && (
          <Button size="compact-xs" variant="subtle" onClick={forget}>
            Clear
          </Button>
        )}
        <ActionIcon
          size={28}
          aria-label={small ? 'Show background work' : 'Fold background work'}
          aria-expanded={!small}
          onClick={() => setSmall(!small)}
        >
          {small ? <IconChevronUp size={16} /> : <IconChevronDown size={16} />}
        </ActionIcon>
      </header>
      {!small && (
        <ul>
          {items.map((item) => (
            <Line key={item.id} item={item} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Line({ item }: { item: TrayItem }) {
  return (
    <li>
      <div className="tl-tray-line">
        {item.state === 'failed' && (
          <IconAlertTriangle size={14} color="var(--tl-bad)" aria-label="Failed" role="img" />
        )}
        <Link {...linkTo(item.to)}>{item.title}</Link>
        {item.file && (
          <Button component="a" href={item.file} download size="compact-xs" variant="light" ml="auto">
            Download
          </Button>
        )}
        {item.cancel && (
          <Button
            size="compact-xs"
            variant="subtle"
            ml="auto"
            aria-label={`Cancel: ${item.title}`}
            onClick={item.cancel}
          >
            Cancel
          </Button>
        )}
      </div>
      <small className="tl-muted tl-number">{item.progress}</small>
      {item.state === 'running' && (
        <Progress
          size={3}
          value={item.percent ?? 100}
          animated={item.percent === null}
          aria-label={`${item.title}: ${item.progress}`}
        />
      )}
    </li>
  )
}

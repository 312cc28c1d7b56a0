import { IconBolt } from '@tabler/icons-react'
import { lazy, Suspense, useEffect, useState } from 'react'
import type { Entry } from '../shell/command-palette.tsx'
import { StepIcon } from './icons.tsx'
import { summaryOf } from './sentence.ts'
import { useCanvasFacts } from './step-node.tsx'
import { useStore } from './store.ts'

const CommandPalette = lazy(() =>
  import('../shell/command-palette.tsx').then((module) => ({ default: module.CommandPalette })),
)

/** What the builder does by a button, a menu or a key, as the palette lists it. */
export interface BuilderDeed {
  label: string
  keys?: string
  run(): void
}

/** The command palette over the builder: everything that it finds elsewhere, the workflow's steps (`@`) and the builder's own deeds (`>`). */
export function BuilderCommands({ deeds }: { deeds: (BuilderDeed | false)[] }) {
  const [opened, setOpened] = useState(false)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      setOpened((was) => !was)
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])
  if (!opened) return null
  return <Opened deeds={deeds} onClose={() => setOpened(false)} />
}

function Opened({ deeds, onClose }: { deeds: (BuilderDeed | false)[]; onClose(): void }) {
  const store = useStore()
  const { names } = useCanvasFacts()
  const things = [...store.state.draft.nodes.values()].map((node): Entry => {
    const type = store.catalogue[node.type]
    return {
      id: `step-${node.id}`,
      group: 'Steps',
      label: node.title || type?.title || node.id,
      detail: summaryOf(type, node, names).text,
      icon: <StepIcon name={type?.icon} size={16} />,
      run: () => store.select([node.id], { open: true, look: true }),
    }
  })
  const actions = deeds
    .filter((deed): deed is BuilderDeed => deed !== false)
    .map(
      ({ label, keys, run }): Entry => ({
        id: `deed-${label}`,
        group: 'Actions',
        label,
        detail: keys,
        icon: <IconBolt size={16} aria-hidden />,
        run,
      }),
    )
  return (
    <Suspense>
      <CommandPalette
        onClose={onClose}
        here={{ placeholder: 'Search everything; @ finds a step, > an action', things, deeds: actions }}
      />
    </Suspense>
  )
}

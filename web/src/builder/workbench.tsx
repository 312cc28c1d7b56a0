import { Alert, Anchor, Button, Group, Modal, Table, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useSearch } from '@tanstack/react-router'
import { useReactFlow } from '@xyflow/react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { type Answer, api } from '../api.ts'
import { plural } from '../format.ts'
import { ActivateDialog } from '../parts/activate.tsx'
import { toast, toastProblem } from '../query.ts'
import type { Autosave } from './autosave.ts'
import { BuilderBar } from './builder-bar.tsx'
import { Canvas, motionMs } from './canvas.tsx'
import {
  addStep,
  afterPort,
  afterSelected,
  copySelected,
  duplicateSelected,
  nudge,
  pasteClipboard,
  removeSelected,
  restoreVersion,
  tidyUp,
  walk,
  walkProblems,
} from './commands.ts'
import { ConflictDialog } from './conflict-dialog.tsx'
import { Drawer } from './drawer.tsx'
import type { Place, Refusal } from './edits.ts'
import { handleKey, keySheet } from './keyboard.ts'
import { Palette, StepPicker } from './palette.tsx'
import { Outline, ProblemsPanel } from './panels.tsx'
import { PublishDialog, publishedText, VersionsDialog } from './publish.tsx'
import type { Names } from './sentence.ts'
import { CanvasFactsProvider } from './step-node.tsx'
import { useBuilder, useStore } from './store.ts'

type Campaign = Answer<'GET /campaigns/:id'>

type Asking = { title: string; place(): Place | Refusal } | null

/** The builder at work: bar, palette, canvas, drawer, dialogs and keys. */
export function Workbench({
  campaign,
  autosave,
  names,
  here,
}: {
  campaign: Campaign
  autosave: Autosave
  names: Names
  here: ReadonlyMap<string, number>
}) {
  const store = useStore()
  const flow = useReactFlow()
  const { node: wanted } = useSearch({ from: '/signed-in/campaigns/$id/builder' })
  const phone = useMediaQuery('(max-width: 900px)', false, { getInitialValueInEffect: false }) ?? false
  const [view, setView] = useState<'outline' | 'canvas'>('outline')
  const [panel, setPanel] = useState<'problems' | 'outline' | null>(null)
  const [asking, setAsking] = useState<Asking>(null)
  const [activating, setActivating] = useState(false)
  const [publishing, setPublishing] = useState(false)
  const [versions, setVersions] = useState(false)
  const [help, setHelp] = useState(false)
  const canvas = useRef<HTMLDivElement>(null)
  const palette = useRef<HTMLInputElement>(null)
  const canEdit = store.readOnly === null && !phone
  const steps = useBuilder((state) => state.draft.nodes.size)

  useEffect(() => {
    if (wanted) store.select([wanted], { open: true, look: true })
  }, [wanted, store])

  const focusCanvas = useCallback(() => canvas.current?.querySelector<HTMLElement>('.tl-flow')?.focus(), [])

  const insertOn = useCallback(
    (edgeId: string) => setAsking({ title: 'Insert a step', place: () => ({ on: 'edge', edgeId }) }),
    [],
  )
  const grow = useCallback(
    (nodeId: string, when: string | null) =>
      setAsking({
        title: 'What happens next?',
        place: () => afterPort(store, nodeId, when),
      }),
    [store],
  )
  const facts = useMemo(() => ({ names, here, onGrow: canEdit ? grow : null }), [names, here, canEdit, grow])

  const validate = async () => {
    await autosave.flush()
    if (autosave.state.is !== 'saved') return
    try {
      const answer = await api('POST /campaigns/:id/workflow/validate', { params: { id: campaign.id } })
      store.reveal()
      store.setProblems(answer.problems)
      setPanel('problems')
      store.say(
        answer.problems.length === 0
          ? `No problems, ${plural(steps, 'step')} checked`
          : plural(answer.problems.length, 'problem'),
      )
    } catch (error) {
      toastProblem(error)
    }
  }
  const activate = async () => {
    await autosave.flush()
    if (autosave.state.is === 'saved') setActivating(true)
  }
  const publish = async () => {
    await autosave.flush()
    if (autosave.state.is === 'saved') setPublishing(true)
  }
  const restore = async (number: number): Promise<boolean> => {
    try {
      const version = await api('GET /campaigns/:id/versions/:number', { params: { id: campaign.id, number } })
      await restoreVersion(store, number, version)
      return true
    } catch (error) {
      toastProblem(error)
      return false
    }
  }
  const rollBack = async (number: number) => {
    if (await restore(number)) await publish()
  }
  const tidyAndFit = async () => {
    await tidyUp(store)
    void flow.fitView({ padding: 0.2, maxZoom: 1, duration: motionMs(200) })
  }

  const onKeyDown = (event: React.KeyboardEvent) =>
    handleKey(event, {
      add: () => canEdit && setAsking({ title: 'Add a step', place: () => afterSelected(store) }),
      remove: (heal) => canEdit && removeSelected(store, heal),
      undo: () => store.undo(),
      redo: () => store.redo(),
      walk: (to) => walk(store, to),
      nudge: (x, y) => canEdit && nudge(store, x, y),
      open: () => store.state.selected.size === 1 && store.select(store.state.selected, { open: true, field: null }),
      escape: () => {
        if (store.state.drawer || store.state.edge) {
          store.openDrawer(false)
          store.selectEdge(null)
        } else if (panel) setPanel(null)
        else store.select([])
        focusCanvas()
      },
      searchPalette: () => palette.current?.focus(),
      outline: () => setPanel((was) => (was === 'outline' ? null : 'outline')),
      save: () => void autosave.flush(),
      tidy: () => canEdit && void tidyAndFit(),
      zoom: (how) =>
        void {
          fit: () => flow.fitView({ padding: 0.2, maxZoom: 1 }),
          one: () => flow.zoomTo(1),
          in: () => flow.zoomIn(),
          out: () => flow.zoomOut(),
        }[how](),
      nextProblem: (step) => walkProblems(store, step),
      rename: () => {
        store.select(store.state.selected, { open: true })
        requestAnimationFrame(() => document.querySelector<HTMLInputElement>('[data-title-field]')?.focus())
      },
      selectAll: () => store.select(store.state.draft.nodes.keys()),
      copy: (cut) => {
        copySelected(store)
        if (cut && canEdit) removeSelected(store, true)
      },
      paste: () => canEdit && void pasteClipboard(store),
      duplicate: () => canEdit && duplicateSelected(store),
      help: () => setHelp(true),
    })

  const drawer = (
    <Drawer
      onClose={() => {
        store.openDrawer(false)
        store.selectEdge(null)
        focusCanvas()
      }}
      onInsert={insertOn}
    />
  )
  return (
    <CanvasFactsProvider value={facts}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the builder's shortcuts; every one of them has a button */}
      <div className="tl-builder" onKeyDown={onKeyDown}>
        <BuilderBar
          campaign={campaign}
          autosave={autosave}
          phone={phone}
          view={view}
          setView={setView}
          panel={panel}
          setPanel={setPanel}
          onTidy={() => void tidyAndFit()}
          onValidate={() => void validate()}
          onActivate={() => void activate()}
          onPublish={() => void publish()}
          onVersions={() => setVersions(true)}
          onHelp={() => setHelp(true)}
        />
        <main className="tl-builder-body" data-palette={canEdit ? 'on' : 'off'}>
          {canEdit ? (
            <Palette
              catalogue={store.catalogue}
              onAdd={(type) => addStep(store, type, afterSelected(store))}
              searchRef={palette}
            />
          ) : (
            <span />
          )}
          {phone && view === 'outline' ? (
            <div className="tl-canvas" style={{ overflowY: 'auto', background: 'var(--tl-card)' }}>
              {store.readOnly !== null && <ReadOnlyNote text={store.readOnly} />}
              <Outline onOpen={(id) => store.select([id], { open: true })} />
            </div>
          ) : (
            <div ref={canvas} className="tl-canvas" tabIndex={-1}>
              {store.readOnly !== null && <ReadOnlyNote text={store.readOnly} />}
              <Canvas onInsert={insertOn} onDropFar={grow} canEdit={canEdit} />
              {canEdit && steps === 1 && (
                <FirstStep
                  onPick={(type) => addStep(store, type, afterSelected(store))}
                  onMore={() => setAsking({ title: 'What happens first?', place: () => afterSelected(store) })}
                />
              )}
              {panel === 'problems' && <ProblemsPanel onClose={() => setPanel(null)} />}
              {panel === 'outline' && (
                <Outline
                  onClose={() => setPanel(null)}
                  onOpen={(id) => store.select([id], { open: true, look: true })}
                />
              )}
            </div>
          )}
          {phone && panel === 'problems' && <ProblemsPanel onClose={() => setPanel(null)} />}
          {drawer}
        </main>
        {asking && (
          <StepPicker
            catalogue={store.catalogue}
            title={asking.title}
            onClose={() => {
              setAsking(null)
              focusCanvas()
            }}
            onPick={(type) => {
              setAsking(null)
              addStep(store, type, asking.place())
            }}
          />
        )}
        {activating && (
          <ActivateDialog
            campaign={campaign}
            onClose={() => setActivating(false)}
            onFix={(nodeId, field) => {
              setActivating(false)
              store.select([nodeId], { open: true, field, look: true })
            }}
          />
        )}
        {publishing && (
          <PublishDialog
            campaignId={campaign.id}
            draft={store.state.draft}
            catalogue={store.catalogue}
            onClose={() => setPublishing(false)}
            onFix={(nodeId, field) => {
              setPublishing(false)
              store.select([nodeId], { open: true, field, look: true })
            }}
            onPublished={(answer) => {
              setPublishing(false)
              toast(
                <>
                  {publishedText(answer)}{' '}
                  {answer.published && (
                    <Anchor component="button" type="button" size="sm" onClick={() => void rollBack(answer.from)}>
                      Roll back
                    </Anchor>
                  )}
                </>,
              )
            }}
          />
        )}
        {versions && (
          <VersionsDialog
            campaignId={campaign.id}
            onClose={() => setVersions(false)}
            onRestore={
              canEdit
                ? (number) => {
                    setVersions(false)
                    void restore(number)
                  }
                : null
            }
          />
        )}
        <ConflictDialog autosave={autosave} />
        <Modal opened={help} onClose={() => setHelp(false)} title="Keys of the builder">
          <Table>
            <Table.Tbody>
              {keySheet.map(([keys, does]) => (
                <Table.Tr key={keys}>
                  <Table.Td>
                    <b>{keys}</b>
                  </Table.Td>
                  <Table.Td>{does}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Modal>
        <LiveRegion />
      </div>
    </CanvasFactsProvider>
  )
}

function ReadOnlyNote({ text }: { text: string }) {
  return (
    <Alert color="gray" radius={0} py={6}>
      {text}
    </Alert>
  )
}

function LiveRegion() {
  const said = useBuilder((state) => state.said)
  return (
    <div role="status" aria-live="polite" className="tl-quiet">
      {said}
    </div>
  )
}

function FirstStep({ onPick, onMore }: { onPick(type: string): void; onMore(): void }) {
  const { catalogue } = useStore()
  const first = ['email-send', 'wait', 'conditional-split']
    .map((type) => catalogue[type])
    .filter((type) => type !== undefined)
  return (
    <div className="tl-ghost">
      <Text fw={600} mb={8}>
        What happens first?
      </Text>
      <Group gap={6} justify="center">
        {first.map((type) => (
          <Button key={type.type} size="xs" variant="default" onClick={() => onPick(type.type)}>
            {type.title}
          </Button>
        ))}
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={14} />} onClick={onMore}>
          Something else
        </Button>
      </Group>
    </div>
  )
}

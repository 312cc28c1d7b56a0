import { Select, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ReactFlowProvider, useNodesInitialized, useReactFlow } from '@xyflow/react'
import { type KeyboardEvent, useCallback, useEffect, useMemo, useState } from 'react'
import type { Catalogue } from '../../../src/workflow/graph.ts'
import { type Answer, api } from '../api.ts'
import { walk } from '../builder/commands.ts'
import { type Draft, draftOf } from '../builder/draft.ts'
import { drawVersion } from '../builder/draw-version.ts'
import { edgeMarks } from '../builder/edge-marks.ts'
import { cardWidth } from '../builder/edits.ts'
import { type EdgeMark, type Figure, type NodeMark, OverlayStore } from '../builder/overlay.ts'
import { StillCanvas } from '../builder/still-canvas.tsx'
import { BuilderStore } from '../builder/store.ts'
import { percent } from '../format.ts'
import { useNames } from '../parts/choices.ts'
import { Failure, Loading } from '../parts/page.tsx'
import { People } from '../parts/people-count.tsx'
import { useApi } from '../query.ts'
import { useFilters } from './filters.tsx'
import type { Shown } from './people.tsx'
import { Term } from './pieces.tsx'

type Campaign = Answer<'GET /campaigns/:id'>
type Group = NonNullable<Answer<'GET /campaigns/:id/analytics'>['groups']>[number]

/** About the height of a card with its numbers, in px. */
const usualHeight = 110
/** The numbers on cards can be read from this zoom on. */
const readableZoom = 0.7

/** The graph that a campaign runs on, with what happened at each step: read-only, also when the campaign is archived. */
export default function Graph({
  campaign,
  version,
  groups,
  step,
  onStep,
  onPeople,
}: {
  campaign: Campaign
  version: number | null
  groups: readonly Group[]
  /** The step that is looked at closely. */
  step: string | undefined
  onStep(nodeId: string): void
  onPeople(shown: Shown): void
}) {
  const types = useApi('GET /node-types', {}, { staleTime: Number.POSITIVE_INFINITY })
  const catalogue = useMemo<Catalogue | null>(
    () => (types.data ? (Object.fromEntries(types.data.items.map((type) => [type.type, type])) as Catalogue) : null),
    [types.data],
  )
  const drawn = useQuery({
    queryKey: ['drawn version', campaign.id, version, catalogue !== null],
    enabled: catalogue !== null && version !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const params = { id: campaign.id }
      const [published, draft] = await Promise.all([
        api('GET /campaigns/:id/versions/:number', { params: { ...params, number: version ?? 0 } }),
        api('GET /campaigns/:id/workflow', { params }),
      ])
      return await drawVersion(published, draftOf(draft).layout, catalogue ?? {}, () => usualHeight)
    },
  })
  const error = drawn.error ?? types.error
  if (error) return <Failure error={error} retry={() => void drawn.refetch()} />
  if (!catalogue || !drawn.data) return <Loading rows={8} />
  return (
    <ReactFlowProvider>
      <Drawn
        key={version}
        campaign={campaign}
        draft={drawn.data}
        catalogue={catalogue}
        groups={groups}
        step={step}
        onStep={onStep}
        onPeople={onPeople}
      />
    </ReactFlowProvider>
  )
}

function Drawn({
  campaign,
  draft,
  catalogue,
  groups,
  step,
  onStep,
  onPeople,
}: {
  campaign: Campaign
  draft: Draft
  catalogue: Catalogue
  groups: readonly Group[]
  step: string | undefined
  onStep(nodeId: string): void
  onPeople(shown: Shown): void
}) {
  const names = useNames()
  const { filters } = useFilters()
  const { range = '30d', from, to } = filters
  const [store] = useState(() => new BuilderStore(catalogue, draft, 'The graph that the campaign runs on.'))
  const [overlay] = useState(() => new OverlayStore())
  const titles = useMemo(() => new Map(groups.map(({ key, label }) => [key, label])), [groups])
  useEffect(() => {
    overlay.setLive(stepMarks(groups, draft), weightedEdges(groups, draft))
  }, [overlay, groups, draft])
  // Clicking a step selects it; the address says which one is open.
  useEffect(() => {
    let seen = store.state.selected
    return store.subscribe(() => {
      const { selected } = store.state
      if (selected === seen) return
      seen = selected
      const [only] = selected
      if (selected.size === 1 && only !== undefined && !walking.has(store)) onStep(only)
    })
  }, [store, onStep])
  useEffect(() => {
    if (step !== undefined && draft.nodes.has(step)) store.select([step], { look: true })
    else if (step === undefined) store.select([])
  }, [store, step, draft])
  const people = useCallback(
    (nodeId: string, what: string) =>
      onPeople({
        show: what === 'failing' ? 'errors' : what,
        nodeId,
        title: `${titles.get(nodeId) ?? nodeId}: ${what === 'failing' ? 'cannot go on' : what}`,
      }),
    [onPeople, titles],
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).classList.contains('tl-flow')) return
    const way = ({ ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const)[event.key]
    const [only] = store.state.selected
    if (way) {
      walking.add(store)
      walk(store, way)
      walking.delete(store)
    } else if (event.key === 'Enter' && only !== undefined) onStep(only)
    else return
    event.preventDefault()
  }
  // A tall workflow does not fit so that its numbers can be read: then its beginning is shown.
  const flow = useReactFlow()
  const isDrawn = useNodesInitialized()
  useEffect(() => {
    if (!isDrawn) return
    const timer = setTimeout(() => {
      const box = document.querySelector('.tl-graph')
      const start = [...draft.nodes.values()].find(({ type }) => catalogue[type]?.entry === 'start')
      const at = start && draft.layout.get(start.id)
      if (!box || !at || flow.getZoom() >= readableZoom) return
      void flow.setViewport({
        x: box.clientWidth / 2 - (at.x + cardWidth / 2) * readableZoom,
        y: 28 - at.y * readableZoom,
        zoom: readableZoom,
      })
    }, 60)
    return () => clearTimeout(timer)
  }, [isDrawn, flow, draft, catalogue])
  const removed = groups.filter(({ key, node }) => node && !draft.nodes.has(key))
  return (
    <>
      <div style={{ display: 'flex', gap: 16, alignItems: 'end', flexWrap: 'wrap', marginBottom: 8 }}>
        <Select
          size="xs"
          w={240}
          label="Step"
          placeholder="Look at a step"
          searchable
          clearable
          data={[...draft.nodes.values()].map(({ id, title, type }) => ({
            value: id,
            label: title || catalogue[type]?.title || id,
          }))}
          value={step !== undefined && draft.nodes.has(step) ? step : null}
          onChange={(next) => onStep(next ?? '')}
        />
        <Text size="xs" c="dimmed">
          The redder a step, the higher its <Term of="dropOff">drop-off</Term>. Lines are as thick as many took them.
        </Text>
        <Link
          to="/campaigns/$id/builder"
          params={{ id: campaign.id }}
          search={{ range, from, to }}
          className="tl-link"
          style={{ marginLeft: 'auto', fontSize: 12 }}
        >
          The same in the builder
        </Link>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows walk on the canvas, which has the focus; the field above opens any step */}
      <div className="tl-graph" onKeyDown={onKeyDown}>
        <StillCanvas
          store={store}
          overlay={overlay}
          campaign={campaign}
          names={names}
          hasRun
          onPeople={people}
          onMenu={onStep}
        />
      </div>
      {removed.length > 0 && (
        <Text size="sm" mt={8}>
          Not in this version:{' '}
          {removed.map(({ key, label, node }, index) => (
            <span key={key}>
              {index > 0 && ', '}
              <button type="button" className="tl-number-link" onClick={() => onStep(key)}>
                {label}
              </button>{' '}
              (
              <People n={node?.passed ?? 0} label={`passed ${label}`} onOpen={() => people(key, 'passed')} /> passed)
            </span>
          ))}
        </Text>
      )}
    </>
  )
}

/** Stores that the arrows walk in: going past a step is not opening it. */
const walking = new WeakSet<BuilderStore>()

/** Who took each connection, and how thick that makes it. */
function weightedEdges(groups: readonly Group[], draft: Draft): Map<string, EdgeMark> {
  const ways = new Map(groups.map(({ key, node }) => [key, node?.edges ?? []]))
  const most = Math.max(1, ...groups.map(({ node }) => node?.passed ?? 0))
  const texts = edgeMarks(draft.edges.values(), groups)
  return new Map(
    [...draft.edges.values()].map(({ id, source, target, when }) => {
      const way = ways.get(source)?.find((one) => one.when === when && (one.target === null || one.target === target))
      return [id, { ...texts.get(id), weight: (way?.count ?? 0) / most }]
    }),
  )
}

/** The numbers on the cards, and how red each is. */
function stepMarks(groups: readonly Group[], draft: Draft): Map<string, NodeMark> {
  const leadsOn = new Set([...draft.edges.values()].map(({ source }) => source))
  const marks = new Map<string, NodeMark>()
  for (const { key, node, funnel } of groups) {
    if (!node) continue
    const measures = (stage: string) => funnel.find((row) => row.stage === stage)?.measured !== false
    const figures: Figure[] = []
    const put = (name: string, value: number, label: string, tone?: Figure['tone']) => {
      if (value > 0) figures.push({ key: name, value, label, people: true, ...(tone && { tone }) })
    }
    put('here', node.here, 'here now')
    put('failing', node.errors, 'cannot go on', 'bad')
    put('passed', node.passed, 'passed')
    for (const stage of ['sent', 'opened', 'clicked', 'replied'] as const) {
      if (measures(stage)) put(stage, node[stage], stage, stage === 'replied' ? 'good' : undefined)
    }
    const came = funnel.find((row) => row.stage === 'enrolled')?.count ?? 0
    const lost = Math.max(0, node.ended + came - node.passed - node.here)
    const heat = leadsOn.has(key) && came > 0 ? lost / came : 0
    marks.set(key, { figures, ...(heat > 0 && { heat, note: `${percent(lost, came)} ended here` }) })
  }
  return marks
}

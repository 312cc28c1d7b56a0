import './ai-panel.css'
import { ActionIcon, Alert, Anchor, Button, Group, SegmentedControl, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconSparkles, IconX } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import type { Graph, GraphProblem } from '../../../src/workflow/graph.ts'
import { api, type Body } from '../api.ts'
import { FormProvider } from '../form/context.ts'
import { plural } from '../format.ts'
import { toast } from '../query.ts'
import { Check } from './ai-check.tsx'
import { draftFrom, partOfProposal, withField } from './ai-part.ts'
import { Ask, Changes, Found, Problems, Stages, ToFill, Who } from './ai-parts.tsx'
import { MessageTexts, type Scope, ScopeChoice, useScope } from './ai-scope.tsx'
import { askForProposal, type Progress, type Proposal } from './ai-stream.ts'
import type { Autosave } from './autosave.ts'
import { diffDrafts, type Point, sameJson } from './draft.ts'
import { tidy } from './layout.ts'
import type { Names } from './sentence.ts'
import { useStore } from './store.ts'
import { guessedHeight, type Preview, useProposalOnCanvas, type View } from './use-proposal-on-canvas.ts'

/** AI Generate: asks, shows what comes as a difference on the canvas, and applies what a person wants of it. Writes nothing by itself. */
export default function AiPanel({
  campaignId,
  isLive,
  autosave,
  names,
  onPreview,
  onClose,
}: {
  campaignId: string
  /** Whether people follow a published version. */
  isLive: boolean
  autosave: Autosave
  names: Names
  onPreview(preview: Preview | null): void
  onClose(): void
}) {
  const store = useStore()
  const [wished, setWished] = useState<Scope>('whole')
  const { scope, ids } = useScope(wished)
  /** What the proposal was asked for; null = the whole workflow. */
  const [within, setWithin] = useState<string[] | null>(null)
  const [prompt, setPrompt] = useState('')
  const [thread, setThread] = useState<string[]>([])
  const [working, setWorking] = useState<{ stop: AbortController; since: number } | null>(null)
  const [progress, setProgress] = useState<Progress[]>([])
  const [proposal, setProposal] = useState<Proposal | null>(null)
  const [applying, setApplying] = useState(false)
  const [failure, setFailure] = useState<string | null>(null)
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set())
  const [filled, setFilled] = useState<ReadonlyMap<string, unknown>>(new Map())
  const [view, setView] = useState<View>('changes')
  const [problems, setProblems] = useState<Proposal['problems']>([])
  /** The draft that the proposal is compared with. */
  const [base, setBase] = useState(store.state.draft)
  const [places, setPlaces] = useState<ReadonlyMap<string, Point> | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)

  const before = useMemo<Graph>(() => ({ nodes: [...base.nodes.values()], edges: [...base.edges.values()] }), [base])
  const result = useMemo<Graph | null>(() => {
    if (!proposal?.graph) return null
    const whole = {
      nodes: proposal.graph.nodes.map((node) => {
        const own = [...filled].filter(([key]) => key.startsWith(`${node.id} `))
        const config = own.reduce(
          (made, [key, value]) => withField(made, key.slice(node.id.length + 1), value),
          node.config,
        )
        return own.length > 0 ? { ...node, config } : node
      }),
      edges: proposal.graph.edges,
    }
    return partOfProposal(before, whole, skipped)
  }, [proposal, before, skipped, filled])

  const ask = async (body: Parameters<typeof askForProposal>[1], said: string) => {
    working?.stop.abort()
    const stop = new AbortController()
    setWorking({ stop, since: Date.now() })
    setProgress([])
    setFailure(null)
    try {
      await autosave.flush()
      const found = await askForProposal(campaignId, body, {
        signal: stop.signal,
        onProgress: (next) => setProgress((all) => [...all, next]),
      })
      setThread((all) => [...all, said])
      setPrompt('')
      // A change that could not be read leaves the proposal that is there.
      if (found.graph || !proposal?.graph) {
        setProposal(found)
        setBase(store.state.draft)
        setSkipped(new Set())
        setFilled(new Map())
        setProblems(found.problems)
        setView('changes')
      } else
        setFailure(
          `${found.summary} ${found.unread.map(({ text, reason }) => `“${text}”: ${reason ?? 'not understood'}`).join(' ')}`,
        )
      store.say(found.graph ? `Proposal: ${plural(found.changes.length, 'change')}` : found.summary)
    } catch (error) {
      if (!stop.signal.aborted) setFailure(error instanceof Error ? error.message : String(error))
    } finally {
      setWorking((now) => (now?.stop === stop ? null : now))
    }
  }
  const generate = () => {
    const text = prompt.trim()
    if (text === '' || working) return
    const isFollow = proposal?.graph && result
    const only = isFollow ? within : scope === 'selection' ? ids : null
    setWithin(only)
    void ask({ prompt: text, ...(isFollow && { proposal: result }), ...(only && { selection: only }) }, text)
  }
  const stop = () => {
    working?.stop.abort()
    setWorking(null)
    setProgress([])
    store.say('Stopped. Nothing was changed.')
  }

  useEffect(() => {
    field.current?.focus()
  }, [])

  useProposalOnCanvas({ result, base, view, problems, onPreview })

  useEffect(() => {
    if (!result) return
    let isCurrent = true
    setPlaces(null)
    tidy(draftFrom(result, new Map()), store.catalogue, () => guessedHeight).then(
      (found) => isCurrent && setPlaces(found),
      (error: unknown) => isCurrent && setFailure(error instanceof Error ? error.message : String(error)),
    )
    return () => {
      isCurrent = false
    }
  }, [result, store])

  useEffect(() => {
    if (!result || (skipped.size === 0 && filled.size === 0)) return
    const timer = setTimeout(() => {
      const body = { nodes: result.nodes, edges: result.edges } as Body<'POST /campaigns/:id/workflow/validate'>
      api('POST /campaigns/:id/workflow/validate', { params: { id: campaignId }, body }).then(
        (answer) =>
          setProblems(
            answer.problems.map((problem) => ({ ...problem, cause: causeOf(problem, store.state.problems) })),
          ),
        (error: Error) => setFailure(error.message),
      )
    }, 250)
    return () => clearTimeout(timer)
  }, [result, skipped, filled, campaignId, store])

  const discard = () => {
    setProposal(null)
    setThread([])
    setFailure(null)
    onPreview(null)
    store.say('Discarded. Nothing was changed.')
  }
  const apply = async () => {
    if (!result || !places || applying) return
    const stale = 'The workflow was changed meanwhile, so this proposal no longer fits. Ask again; nothing was changed.'
    if (store.state.draft !== base) {
      setFailure(stale)
      return
    }
    setApplying(true)
    try {
      await autosave.flush()
      await api('POST /campaigns/:id/checkpoints', { params: { id: campaignId }, body: { reason: 'ai' } })
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      setFailure(`The draft could not be kept for the history, so nothing was changed. ${why}`)
      return
    } finally {
      setApplying(false)
    }
    // Somebody else's change may have come in meanwhile.
    if (store.state.draft !== base) {
      setFailure(stale)
      return
    }
    const patch = diffDrafts(store.state.draft, draftFrom(result, places, store.state.draft.notes))
    const refused = store.run({ label: 'AI proposal applied', patch, exact: true })
    if (refused !== null) {
      setFailure(refused)
      return
    }
    const added = result.nodes.filter(({ id }) => patch.nodes.has(id)).map(({ id }) => id)
    onClose()
    toast(
      <>
        Applied to the draft.{' '}
        <Anchor component="button" type="button" size="sm" onClick={() => store.undo()}>
          Undo
        </Anchor>
      </>,
    )
    if (added[0]) store.select([added[0]], { look: true })
  }

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest(
        'input:not([type=checkbox]), textarea, select, [role=listbox]',
      )
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
        event.preventDefault()
        if (typing?.tagName === 'TEXTAREA' && prompt.trim() !== '') generate()
        else if (result) void apply()
      } else if (!typing && result && event.key.toLowerCase() === 'b' && !event.ctrlKey && !event.metaKey) {
        setView((now) => (now === 'changes' ? 'before' : now === 'before' ? 'after' : 'changes'))
      }
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })

  const replaced = before.nodes.filter((node) => {
    const now = result?.nodes.find(({ id }) => id === node.id)
    return result && !sameJson(now, node)
  }).length
  const open = problems.filter((problem) => problem.severity === 'error')
  return (
    <aside className="tl-drawer tl-ai" aria-label="AI Generate">
      <Group justify="space-between" px={16} py={8} wrap="nowrap">
        <Group gap={8} wrap="nowrap">
          <IconSparkles size={18} aria-hidden />
          <Text component="h2" fw={600} size="sm" m={0}>
            AI Generate
          </Text>
        </Group>
        <ActionIcon
          aria-label="Close AI Generate"
          onClick={() => {
            working?.stop.abort()
            onClose()
          }}
        >
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div className="tl-drawer-scroll">
        <Stack gap={14}>
          {thread.map((said, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the thread only grows
            <div key={index} className="tl-ai-said">
              {said}
            </div>
          ))}
          {!proposal && !working && <Who />}
          {working && <Stages progress={progress} since={working.since} onStop={stop} />}
          {failure && (
            <Alert color="red" role="alert" icon={<IconAlertTriangle size={16} />} title="No proposal">
              {failure}
            </Alert>
          )}
          {!working && proposal && (
            <Found
              proposal={proposal}
              onExample={(id, name) => {
                setWithin(null)
                void ask({ example: id }, `Start from “${name}”`)
              }}
            />
          )}
          {!working && result && proposal && (
            <>
              <SegmentedControl
                size="xs"
                fullWidth
                aria-label="What the canvas shows"
                value={view}
                onChange={(next) => setView(next as View)}
                aria-keyshortcuts="b"
                title="B"
                data={[
                  { value: 'changes', label: 'Changes' },
                  { value: 'before', label: 'Before' },
                  { value: 'after', label: 'After' },
                ]}
              />
              <Changes
                proposal={proposal}
                problems={problems}
                skipped={skipped}
                onToggle={(key) =>
                  setSkipped((now) => {
                    const next = new Set(now)
                    if (!next.delete(key)) next.add(key)
                    return next
                  })
                }
              />
              <FormProvider value={{ variables: [], readOnly: null, settle: () => {} }}>
                <ToFill
                  placeholders={proposal.placeholders.filter(({ nodeId }) =>
                    result.nodes.some(({ id }) => id === nodeId),
                  )}
                  result={result}
                  catalogue={store.catalogue}
                  onFill={(key, value) => setFilled((now) => new Map([...now, [key, value]]))}
                />
              </FormProvider>
              <Problems
                problems={problems.filter(
                  ({ nodeId, field: name }) =>
                    !proposal.placeholders.some((each) => each.nodeId === nodeId && each.field === name),
                )}
                result={result}
              />
              <Check campaignId={campaignId} result={result} placeholders={proposal.placeholders} problems={problems} />
            </>
          )}
          {!working && !proposal?.graph && <ScopeChoice wished={wished} onChange={setWished} />}
          {!working && proposal?.graph && within && (
            <Text size="xs" c="dimmed">
              Only {plural(within.length, 'selected step')} may change.
            </Text>
          )}
          {!working && !proposal?.graph && scope === 'text' && <MessageTexts wished={wished} />}
          {!working && (proposal?.graph || scope !== 'text') && (
            <Ask
              prompt={prompt}
              setPrompt={setPrompt}
              field={field}
              onAsk={generate}
              follow={proposal?.graph !== null && proposal !== null}
              names={names}
            />
          )}
        </Stack>
      </div>
      {!working && result && proposal && (
        <div className="tl-ai-foot">
          <Text size="xs" c="dimmed" mb={8} data-testid="ai-consequence">
            {replaced > 0 ? `Replaces or changes ${plural(replaced, 'step')}. ` : ''}
            Only the draft changes{isLive ? ', so people inside stay on what is published' : ''}, and one undo brings
            everything back
            {open.length > 0 ? `. ${plural(open.length, 'thing')} left to fix before it can be activated` : ''}.
          </Text>
          <Group gap={8} justify="flex-end">
            <Button variant="default" size="xs" onClick={discard}>
              Discard
            </Button>
            <Button
              size="xs"
              title="Ctrl Enter"
              aria-keyshortcuts="Control+Enter Meta+Enter"
              leftSection={<IconCheck size={14} />}
              // Where the steps go is worked out beside the page: a press before that would be lost.
              loading={applying || places === null}
              onClick={() => void apply()}
            >
              {skipped.size > 0 ? 'Apply the chosen part' : 'Apply'}
            </Button>
          </Group>
        </div>
      )}
    </aside>
  )
}

const causeOf = (problem: GraphProblem, before: readonly GraphProblem[]): 'before' | 'proposal' =>
  before.some(
    ({ code, nodeId, edgeId, field }) =>
      code === problem.code && nodeId === problem.nodeId && edgeId === problem.edgeId && field === problem.field,
  )
    ? 'before'
    : 'proposal'

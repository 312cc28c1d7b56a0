import { ActionIcon, Button, CopyButton, Divider, Group, Stack, Text, TextInput } from '@mantine/core'
import { IconTrash, IconX } from '@tabler/icons-react'
import { Suspense, useEffect, useMemo, useRef, useState } from 'react'
import type { GraphNode, GraphProblem } from '../../../src/workflow/graph.ts'
import { FormProvider } from '../form/context.ts'
import { SchemaForm } from '../form/schema-form.tsx'
import { lazyPart } from '../parts/lazy-part.tsx'
import { setConfig } from './branch-edits.ts'
import { setTitle } from './edits.ts'
import { StepIcon } from './icons.tsx'
import { branchesOf, linksOf } from './shape.ts'
import { useCanvasFacts } from './step-node.tsx'
import { StepOutput } from './step-output.tsx'
import { useBuilder, useStore } from './store.ts'
import { removeAndTell, tell } from './telling.tsx'
import { useVariableFacts, useVariables } from './use-variable-facts.ts'

/** The panel on the right: the form of a step. */
export function Drawer({ id, onClose }: { id: string; onClose(): void }) {
  return <StepDrawer key={id} id={id} onClose={onClose} />
}

const noProblems: GraphProblem[] = []

/** The parts of a step's drawer. */
type Part = 'configure' | 'preview' | 'output' | 'results'

const MessagePreview = lazyPart(() => import('./message-preview.tsx'))
const StepResults = lazyPart(() => import('./step-results.tsx'))

function StepDrawer({ id, onClose }: { id: string; onClose(): void }) {
  const store = useStore()
  const node = useBuilder((state) => state.draft.nodes.get(id))
  const found = useBuilder((state) => state.problemsOf.get(id)) ?? noProblems
  const isFresh = useBuilder((state) => state.fresh.has(id))
  const pending = useBuilder((state) => state.unchecked.get(id))
  const problems = isFresh ? noProblems : found
  const wish = useBuilder((state) => state.wish)
  const readOnly = useBuilder((state) => state.readOnly)
  const panel = useRef<HTMLElement>(null)
  const type = node && store.catalogue[node.type]
  const facts = useVariableFacts()
  const variables = useVariables(id)
  const context = useMemo(
    () => ({ variables, readOnly, pending, settle: () => store.seal(), ...facts }),
    [variables, readOnly, pending, store, facts],
  )
  const [tab, setTab] = useState<Part>('configure')
  const { hasRun } = useCanvasFacts()
  useEffect(() => {
    if (!wish || !panel.current) return
    const wanted = panel.current
    setTab('configure')
    // At once when it has just been drawn: the next key is for the field. The form of another tab is drawn first.
    if (wanted.querySelector('[data-field]')) {
      focusField(wanted, wish.field)
      return
    }
    const frame = requestAnimationFrame(() => focusField(wanted, wish.field))
    return () => cancelAnimationFrame(frame)
  }, [wish])
  if (!node) return null
  const change = (config: Record<string, unknown>, field: string) =>
    tell(store.run(setConfig(store.scene, id, config), { key: `config ${id} ${field}`, quiet: true }))
  const general = problems.filter((problem) => !problem.field)
  const tabs: [Part, string][] = [
    ['configure', 'Configure'],
    ...(type?.sends ? [['preview', 'Preview'] as [Part, string]] : []),
    ['output', 'Output'],
    ...(hasRun ? [['results', 'Results'] as [Part, string]] : []),
  ]
  return (
    <aside
      ref={panel}
      className="tl-drawer"
      data-readonly={readOnly !== null || undefined}
      aria-label={`Step: ${node.title || type?.title || id}`}
    >
      <Group
        gap={8}
        wrap="nowrap"
        p="10px 10px 8px 16px"
        style={{ borderBottom: '1px solid var(--tl-line)' }}
        data-group={type?.entry === 'start' ? 'start' : type?.group}
        data-tone={type?.tone ?? undefined}
      >
        <span className="tl-step-icon">
          <StepIcon name={type?.icon} size={16} />
        </span>
        <TitleField key={node.title} node={node} fallback={type?.title ?? node.type} />
        <ActionIcon aria-label="Close" onClick={onClose}>
          <IconX size={18} />
        </ActionIcon>
      </Group>
      <div className="tl-drawer-tabs">
        <div role="tablist" aria-label="Parts of the step">
          {tabs.map(([name, label]) => (
            <button
              key={name}
              type="button"
              role="tab"
              id={`tab-${name}`}
              aria-selected={tab === name}
              aria-controls="step-part"
              onClick={() => setTab(name)}
            >
              {label}
            </button>
          ))}
        </div>
        <CopyButton value={id}>
          {({ copied, copy }) => (
            <button type="button" className="tl-drawer-id" title={`Copy the id ${id}`} onClick={copy}>
              {copied ? 'copied' : id}
            </button>
          )}
        </CopyButton>
      </div>
      <div className="tl-drawer-scroll" role="tabpanel" id="step-part" aria-labelledby={`tab-${tab}`}>
        {!type ? (
          <Text>This version of Throughline does not know the step type “{node.type}”. Delete it, or update.</Text>
        ) : tab === 'output' ? (
          <StepOutput type={type} id={id} />
        ) : tab === 'preview' ? (
          <Suspense>
            <MessagePreview nodeId={id} />
          </Suspense>
        ) : tab === 'results' ? (
          <Suspense>
            <StepResults nodeId={id} />
          </Suspense>
        ) : (
          <Stack gap={14}>
            <Text size="sm" c="dimmed">
              {type.summary}
            </Text>
            {general.map((problem) => (
              <ProblemLine key={problem.code + problem.message} problem={problem} />
            ))}
            <FormProvider value={context}>
              <SchemaForm schema={type.config} value={node.config} onChange={change} problems={problems} />
              {type.guardedBy && <GuardForms node={node} />}
            </FormProvider>
            {readOnly === null && type.entry !== 'start' && (
              <Button
                variant="subtle"
                color="red"
                size="xs"
                leftSection={<IconTrash size={14} />}
                style={{ alignSelf: 'start' }}
                onClick={() => removeAndTell(store, new Set([id]), true)}
              >
                Delete step
              </Button>
            )}
          </Stack>
        )}
      </div>
    </aside>
  )
}

function focusField(panel: HTMLElement, field: string | null): void {
  const wanted: string[] = []
  for (let path = field ?? ''; path !== ''; path = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '')
    wanted.push(path)
  for (const path of wanted) {
    const found = panel.querySelector<HTMLElement>(`[data-field="${CSS.escape(path)}"]`)
    const target = found?.matches('input, textarea, select, [tabindex]')
      ? found
      : found?.querySelector<HTMLElement>('input, textarea, select, button')
    if (target) {
      target.focus()
      target.scrollIntoView({ block: 'center' })
      return
    }
  }
  const all = [...panel.querySelectorAll<HTMLElement>('.tl-drawer-scroll :is(input, textarea, .tl-chip-text)')]
  const filled = all.filter((one) => !one.matches('[type=radio], [type=checkbox], [type=hidden]'))
  const typed = filled.filter((one) => !one.matches(':is(input, textarea):read-only, [contenteditable=false]'))
  const first = filled.find((one) => one.ariaRequired === 'true' && isEmpty(one)) ?? typed[0] ?? all[0]
  first?.focus()
  // What is typed next replaces a proposal instead of standing behind it.
  if (first && typed.includes(first)) select(first)
}

const isEmpty = (field: HTMLElement): boolean => ('value' in field ? field.value === '' : 'empty' in field.dataset)

const select = (field: HTMLElement): void => {
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.select()
  else getSelection()?.selectAllChildren(field)
}

function TitleField({ node, fallback }: { node: GraphNode; fallback: string }) {
  const store = useStore()
  const readOnly = useBuilder((state) => state.readOnly)
  const [title, setTitleText] = useState(node.title)
  const leave = () => {
    if (title.trim() !== node.title) tell(store.run(setTitle(store.scene, node.id, title.trim())))
  }
  return (
    <TextInput
      variant="unstyled"
      aria-label="Name of the step"
      placeholder={fallback}
      readOnly={readOnly !== null}
      value={title}
      onChange={(event) => setTitleText(event.currentTarget.value)}
      onBlur={leave}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
      styles={{ input: { fontWeight: 600, fontSize: 14 } }}
      style={{ flex: 1 }}
      data-title-field
    />
  )
}

function ProblemLine({ problem }: { problem: GraphProblem }) {
  return (
    <Text size="sm" c={problem.severity === 'error' ? 'var(--tl-bad)' : 'var(--tl-warn)'}>
      {problem.severity === 'error' ? '✖ ' : '⚠ '}
      {problem.message} {problem.fix}
    </Text>
  )
}

/** The conditions of a split's branches, in order, where one decides between them. */
function GuardForms({ node }: { node: GraphNode }) {
  const store = useStore()
  const draft = useBuilder((state) => state.draft)
  const problemsOf = useBuilder((state) => state.problemsOf)
  const fresh = useBuilder((state) => state.fresh)
  const out = linksOf(draft).out.get(node.id) ?? []
  const branches = branchesOf(store.catalogue[node.type], node)
  return (
    <>
      {branches.map((branch) => {
        const guard = draft.nodes.get(out.find((edge) => edge.when === branch.id)?.target ?? '')
        const type = guard && store.catalogue[guard.type]
        if (!guard || !type?.guard) return null
        return (
          <section key={branch.id} aria-label={`Branch ${branch.label}`}>
            <Divider label={`Branch: ${branch.label}`} labelPosition="left" mb={8} />
            {branch.default ? (
              <Text size="sm" c="dimmed">
                Takes everyone whom no other branch takes.
              </Text>
            ) : (
              <SchemaForm
                schema={type.config}
                value={guard.config}
                onChange={(config, field) =>
                  tell(
                    store.run(setConfig(store.scene, guard.id, config), {
                      key: `config ${guard.id} ${field}`,
                      quiet: true,
                    }),
                  )
                }
                problems={fresh.has(guard.id) ? noProblems : (problemsOf.get(guard.id) ?? noProblems)}
              />
            )}
          </section>
        )
      })}
    </>
  )
}

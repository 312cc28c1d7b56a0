import { Anchor, Badge, Button, Checkbox, Group, Loader, Stack, Text, Textarea } from '@mantine/core'
import { IconCheck, IconPlayerStop, IconSparkles } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { type RefObject, useEffect, useMemo, useState } from 'react'
import type { Catalogue, Graph } from '../../../src/workflow/graph.ts'
import { leavesOf } from '../../../src/workflow/schema.ts'
import { widgetOf } from '../form/schema.ts'
import { widgets } from '../form/widgets.tsx'
import { count, plural } from '../format.ts'
import { WhoCan } from '../parts/who-can.tsx'
import { useApi } from '../query.ts'
import { useCan } from '../session.tsx'
import type { Placeholder, Progress, Proposal } from './ai-stream.ts'
import type { Names } from './sentence.ts'

/** Who answers: the model that is connected, or the outline reader, and how to connect one. */
export function Who() {
  const can = useCan()
  const providers = useApi('GET /ai/providers', {}, { staleTime: 30_000 })
  const chat = providers.data?.items.find(({ isChat }) => isChat)
  if (chat) {
    return (
      <Text size="xs" c="dimmed">
        {chat.model} answers ({chat.name}). Its proposal is checked like any workflow, and nothing changes before you
        apply it.
      </Text>
    )
  }
  return (
    <Stack gap={8} align="flex-start">
      <Text size="xs" c="dimmed">
        No AI model is connected. The built-in outline reader answers: it follows rules and is no model. It reads steps,
        waits, “if they reply → …”, tags, scores and exits, in English, German, Spanish and Vietnamese. Nothing leaves
        this server.
      </Text>
      {can('ai.manage') ? (
        <Link to="/settings/$section" params={{ section: 'ai' }} className="tl-ai-connect">
          Add an AI model
        </Link>
      ) : (
        <WhoCan deed="add an AI model" />
      )}
    </Stack>
  )
}

const stageWords = {
  reading: 'Reading your setup',
  drafting: 'Drafting',
  checking: 'Checking',
  repairing: 'Repairing',
  placing: 'Laying out',
}

/** What is being done right now, the steps as they come, and Stop. */
export function Stages({ progress, since, onStop }: { progress: Progress[]; since: number; onStop(): void }) {
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000)
    return () => clearInterval(timer)
  }, [])
  const stages = progress.filter((each) => each.stage !== 'step')
  const steps = progress.filter((each) => each.stage === 'step')
  return (
    <div role="status" aria-label="Writing a proposal" data-testid="ai-stages">
      {(stages.length > 0 ? stages : [{ stage: 'reading' as const, text: stageWords.reading }]).map(
        (stage, index, all) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows
          <Group key={index} gap={8} wrap="nowrap" mb={4}>
            {index < all.length - 1 ? (
              <IconCheck size={14} color="var(--tl-good)" aria-hidden />
            ) : (
              <Loader size={14} aria-hidden />
            )}
            <Text size="sm">{stage.text}</Text>
          </Group>
        ),
      )}
      {steps.length > 0 && (
        <ol className="tl-ai-steps">
          {steps.map((step) => (
            <li key={step.nodeId}>{step.title}</li>
          ))}
        </ol>
      )}
      <Group justify="space-between" mt={8}>
        <Text size="xs" c="dimmed">
          {Math.round((Date.now() - since) / 1000)} s
        </Text>
        <Button size="xs" variant="default" leftSection={<IconPlayerStop size={14} />} onClick={onStop}>
          Stop
        </Button>
      </Group>
    </div>
  )
}

const sources = { outline: 'Outline reader: rules, no model', example: 'Ready-made campaign', model: 'AI model' }

/** What was written by whom, and what was not understood. */
export function Found({ proposal, onExample }: { proposal: Proposal; onExample(id: string, name: string): void }) {
  const { source, summary, unread, notes, review, examples, usage } = proposal
  return (
    <Stack gap={8}>
      <Group gap={6}>
        <Badge variant="light" color={source === 'model' ? 'indigo' : 'gray'}>
          {source === 'model' && usage ? usage.model : sources[source]}
        </Badge>
        {usage && (
          <Text size="xs" c="dimmed">
            {count(usage.inputTokens + usage.outputTokens)} tokens
            {usage.costUsd === null ? '' : `, about $${usage.costUsd.toFixed(usage.costUsd < 0.01 ? 4 : 2)}`}
          </Text>
        )}
      </Group>
      <Text size="sm">{summary}</Text>
      {unread.length > 0 && (
        <div className="tl-ai-unread">
          <Text size="xs" fw={600} mb={4}>
            Not understood ({unread.length})
          </Text>
          <ul className="tl-ai-list">
            {unread.map(({ line, text, reason }) => (
              <li key={`${line} ${text}`}>
                Line {line}: “{text}” {reason}
              </li>
            ))}
          </ul>
        </div>
      )}
      {[...notes, ...review.map(({ text }) => text)].length > 0 && (
        <ul className="tl-ai-list">
          {[...new Set([...notes, ...review.map(({ text }) => text)])].map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {examples.length > 0 && (
        <div>
          <Text size="xs" fw={600} mb={4}>
            Ready-made campaigns about this
          </Text>
          {examples.map(({ id, name, description, steps }) => (
            <button key={id} type="button" className="tl-ai-example" onClick={() => onExample(id, name)}>
              <b>{name}</b> <span className="tl-muted">{plural(steps, 'step')}</span>
              <br />
              <span className="tl-muted">{description}</span>
            </button>
          ))}
        </div>
      )}
    </Stack>
  )
}

const signs = { added: '+', changed: '~', removed: '−' }

/** A sentence a change, each with a box that takes it or leaves it. */
export function Changes({
  proposal,
  problems,
  skipped,
  onToggle,
}: {
  proposal: Proposal
  problems: Proposal['problems']
  skipped: ReadonlySet<string>
  onToggle(key: string): void
}) {
  const count = (kind: string) =>
    proposal.changes.filter((change) => change.kind === kind && !skipped.has(change.key)).length
  const found = (severity: string) => problems.filter((problem) => problem.severity === severity).length
  if (proposal.changes.length === 0) return <Text size="sm">No change proposed: the draft is like this already.</Text>
  return (
    <div>
      <Text size="xs" fw={600} mb={6} data-testid="ai-counts">
        {count('added')} added, {count('changed')} changed, {count('removed')} removed ·{' '}
        {plural(found('error'), 'error')}, {plural(found('warning'), 'warning')}
      </Text>
      {/* 24 px from box to box (WCAG 2.5.8). */}
      <Stack gap={10}>
        {proposal.changes.map(({ key, kind, text }) => (
          <Checkbox
            key={key}
            size="xs"
            checked={!skipped.has(key)}
            onChange={() => onToggle(key)}
            label={
              <span className="tl-ai-change" data-kind={kind}>
                <b aria-hidden>{signs[kind]}</b> {text}
              </span>
            }
          />
        ))}
      </Stack>
    </div>
  )
}

/** What nobody but a person can choose or write, with its pickers. */
export function ToFill({
  placeholders,
  result,
  catalogue,
  onFill,
}: {
  placeholders: readonly Placeholder[]
  result: Graph
  catalogue: Catalogue
  onFill(key: string, value: unknown): void
}) {
  const references = placeholders.filter(({ ref }) => ref !== null)
  const texts = placeholders.length - references.length
  if (placeholders.length === 0) return null
  return (
    <Stack gap={8}>
      <Text size="xs" fw={600}>
        Yours to choose
      </Text>
      {references.map((each) => {
        const node = result.nodes.find(({ id }) => id === each.nodeId)
        const type = node && catalogue[node.type]
        const leaf = type && [...leavesOf(type.config, node.config)].find(({ path }) => path.join('.') === each.field)
        if (!node || !leaf) return null
        const Widget = widgets[widgetOf(leaf.schema, (name) => Object.hasOwn(widgets, name))]
        return (
          <div key={`${each.nodeId} ${each.field}`}>
            <Widget
              schema={{
                ...leaf.schema,
                description: each.wanted ? `You wrote “${each.wanted}”; there is none of that name.` : undefined,
              }}
              label={`${node.title}: ${each.label}`}
              required
              value={leaf.value}
              onChange={(value) => onFill(`${each.nodeId} ${each.field}`, value)}
              error={undefined}
              inner={[]}
              path={each.field}
            />
          </div>
        )
      })}
      {texts > 0 && (
        <Text size="xs" c="dimmed">
          {plural(texts, 'text')} of messages to write: they are empty until you do, and an empty message is never sent.
        </Text>
      )}
    </Stack>
  )
}

/** What is wrong with the proposal, told from what was wrong before. */
export function Problems({ problems, result }: { problems: Proposal['problems']; result: Graph }) {
  if (problems.length === 0) return null
  const title = (id: string | undefined) => result.nodes.find((node) => node.id === id)?.title
  return (
    <div>
      <Text size="xs" fw={600} mb={4}>
        Problems
      </Text>
      <ul className="tl-ai-list">
        {problems.map(({ severity, message, nodeId, cause, code, field }) => (
          <li key={`${code} ${nodeId} ${field} ${message}`}>
            <span style={{ color: severity === 'error' ? 'var(--tl-bad)' : 'var(--tl-warn)' }}>
              {severity === 'error' ? '✖' : '⚠'}
            </span>{' '}
            {title(nodeId) && <b>{title(nodeId)}: </b>}
            {message} <span className="tl-muted">{cause === 'before' ? '(was there before)' : '(caused by this)'}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** The words, what they are sent with, and some to start from. */
export function Ask({
  prompt,
  setPrompt,
  field,
  onAsk,
  follow,
  names,
}: {
  prompt: string
  setPrompt(text: string): void
  field: RefObject<HTMLTextAreaElement | null>
  onAsk(): void
  follow: boolean
  names: Names
}) {
  const [told, setTold] = useState(false)
  const starts = useMemo(() => startsFrom(names), [names])
  return (
    <Stack gap={8}>
      <Textarea
        ref={field}
        label={follow ? 'Ask for a change' : 'What shall happen?'}
        placeholder={
          follow
            ? 'Make it shorter; add a LinkedIn step'
            : '1. Send a welcome email\n2. Wait 3 days\n3. If no reply, send a reminder'
        }
        autosize
        minRows={follow ? 2 : 5}
        maxRows={16}
        maxLength={20_000}
        value={prompt}
        onChange={(event) => setPrompt(event.currentTarget.value)}
      />
      <Group justify="space-between">
        <Anchor component="button" type="button" size="xs" aria-expanded={told} onClick={() => setTold(!told)}>
          What it will be told
        </Anchor>
        <Button
          size="xs"
          variant={follow ? 'default' : 'filled'}
          leftSection={<IconSparkles size={14} />}
          onClick={() => (prompt.trim() === '' ? field.current?.focus() : onAsk())}
        >
          {follow ? 'Change the proposal' : 'Generate'}
        </Button>
      </Group>
      {told && (
        <Text size="xs" c="dimmed">
          Your words, the catalogue of steps, the fields that customers have, this workflow, and the names of your{' '}
          {plural(names.segment?.size ?? 0, 'segment')}, {plural(names.template?.size ?? 0, 'template')},{' '}
          {plural(names.credential?.size ?? 0, 'sender')}, {plural(names.product?.size ?? 0, 'product')} with their
          criteria, and {plural(names.member?.size ?? 0, 'member')}. No customer, no message that was sent, no secret.
        </Text>
      )}
      {!follow && (
        <Stack gap={4}>
          {starts.map((text) => (
            <button key={text} type="button" className="tl-ai-example" onClick={() => setPrompt(text)}>
              {text}
            </button>
          ))}
        </Stack>
      )}
    </Stack>
  )
}

/** Three things that one could ask for, with names of this workspace. */
function startsFrom(names: Names): string[] {
  const one = (kind: string) => [...(names[kind]?.values() ?? [])][0]
  const member = one('member')
  const product = one('product')
  const segment = one('segment')
  return [
    `Send three emails 3 days apart${product ? ` about ${product}` : ''}. If they reply at any point, hand off to ${member ?? 'sales'}.`,
    'Send a welcome email, wait 2 days. If they click, tag them as interested and add 0.2 to the score. Otherwise send a reminder.',
    `Split 50/50: A gets an email about price, B gets an email about speed. Wait 1 week${segment ? `, then add them to the segment “${segment}”` : ', then exit'}.`,
  ]
}

import type { z } from 'zod'
import type { CustomerFacts, FactName, MessageOutcome, NodeFacts } from './facts.ts'
import type { Outcome, Why } from './outcome.ts'

/** What woke a resting run. */
export type Woke = { by: 'deadline' } | { by: 'message'; message: MessageOutcome }

/** A guard's verdict on one branch. */
export interface Verdict {
  holds: boolean
  why: Why
}

/** What a node is given beside its facts. Everything in it is data; nothing here reaches outside. */
export interface StepInput<Config> {
  config: Config
  customer: CustomerFacts
  /** `node.<id>.output` and the rest of the template scope: a bare path (`customer.country`) or one `{{…}}`, as a value. Unknown = undefined. */
  read(input: string): unknown
  /** A short template rendered to text. */
  render(template: string): string
  now: Date
  /** In [0, 1), always the same for this customer at this node, however often the step is tried. */
  random(): number
  step: { nodeId: string; runId: number; enteredAt: Date }
}

/** One branch of a node that is `guardedBy` a config field: the guard at its head, evaluated when asked. */
export interface Guarded {
  guards: { branch: string; fallback: boolean; judge(): Verdict }[]
}

type LabelOf<When> = When extends readonly (infer Label extends string)[] ? Label : string
type Input<Config extends z.ZodType, Reads extends FactName, By> = StepInput<z.output<Config>> &
  Pick<NodeFacts, Reads> &
  (By extends string ? Guarded : unknown)

/** The one definition of a node type. All else derives from it: palette, card, form, validator, docs, AI prompt, engine (STYLE, "A node type is one file"). */
export interface NodeDefinition<
  Config extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  When extends readonly string[] | { each: string } = readonly string[] | { each: string },
  Reads extends FactName = FactName,
  By extends string | undefined = string | undefined,
> {
  /** Permanent: published workflows hold it. */
  type: string
  version: number
  kind: 'action' | 'branch'
  group: 'builtin' | 'contact' | 'messaging'
  title: string
  /** A Tabler icon's name without its prefix, e.g. `gauge`. */
  icon: string
  summary: string
  /** Card text; `{field}` is replaced by the config's value. */
  sentence: string
  config: Config
  output: Output
  when: When
  entry?: 'start' | 'event'
  ends?: true
  guardedBy?: By
  reads: readonly Reads[]
  execute(input: Input<Config, Reads, By>): Outcome<NoInfer<z.input<Output>>, NoInfer<LabelOf<When>>>
  /** Nodes that rest have it; called when woken. */
  resume?(input: Input<Config, Reads, By> & { woke: Woke }): Outcome<NoInfer<z.input<Output>>, NoInfer<LabelOf<When>>>
  /** Nodes that stand at the head of a branch have it: whether a customer may take the branch. */
  judge?(input: StepInput<z.output<Config>>): Verdict
  docs: string
  /** Config that a new node on the canvas starts with; may be incomplete. */
  initial?: Record<string, unknown>
  examples: z.input<Config>[]
}

/** Declares a node type; the compiler checks labels, facts, outputs and examples against one another. */
export const defineNode = <
  Config extends z.ZodType,
  Output extends z.ZodType,
  const When extends readonly string[] | { each: string },
  Reads extends FactName = never,
  const By extends string | undefined = undefined,
>(
  definition: NodeDefinition<Config, Output, When, Reads, By>,
): NodeDefinition<Config, Output, When, Reads, By> => definition

/** Any definition, as the registry holds it: each one has its own types, which only the definition itself needs. */
// biome-ignore lint/suspicious/noExplicitAny: the list of all node types is the one place where they meet (STYLE, "Code")
export type AnyNode = NodeDefinition<any, any, any, any, any>

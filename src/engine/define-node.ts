import type { z } from 'zod'
import type { Channel, CustomerFacts, FactName, HeardEvent, NodeFacts } from './facts.ts'
import type { Outcome, Why } from './outcome.ts'

/** What woke a resting run. */
export type Woke = { by: 'deadline' } | { by: 'message' } | { by: 'event'; event: HeardEvent }

/** A guard's verdict on one branch. */
export interface Verdict {
  holds: boolean
  why: Why
}

/** What a node is given beside its facts. Everything in it is data; nothing here reaches outside. */
export interface StepInput<Config, Fields extends keyof CustomerFacts = never> {
  config: Config
  /** The id and the fields that the definition names in `customer`. */
  customer: Pick<CustomerFacts, 'id' | Fields>
  /** `node.<id>.output` and the rest of the template scope: a bare path (`customer.country`) or one `{{…}}`, as a value. Unknown = undefined. */
  read(input: string): unknown
  /** A short template rendered to text. */
  render(template: string): string
  now: Date
  /** The campaign's clock, which stands while it is paused. */
  clock: Date
  /** The labels for which this node has edges; '' = the default one. */
  ways: ReadonlySet<string>
  /** In [0, 1), always the same for this customer at this node, however often the step is tried. */
  random(): number
  step: { nodeId: string; runId: number; enteredAt: Date }
}

/** A valid config's likely mistake: a permanent snake_case code, the field's dotted path, a sentence and what to do. */
export interface Warning {
  code: string
  field?: string
  message: string
  fix?: string
}

/** One branch of a node that is `guardedBy` a config field: the guard at its head, evaluated when asked. */
export interface Guarded {
  guards: { branch: string; fallback: boolean; judge(): Verdict }[]
}

/** Labels: a list, the ids of a config field's items, or those that the value of a config field allows. */
type Labels = readonly string[] | { each: string } | { by: string; of: Readonly<Record<string, readonly string[]>> }
type LabelOf<When> = When extends readonly (infer Label extends string)[]
  ? Label
  : When extends { of: Readonly<Record<string, readonly (infer Label extends string)[]>> }
    ? Label
    : string
type Input<Config extends z.ZodType, Reads extends FactName, By, Fields extends keyof CustomerFacts> = StepInput<
  z.output<Config>,
  Fields
> &
  Pick<NodeFacts, Reads> &
  (By extends string ? Guarded : unknown)

/** The one definition of a node type. All else derives from it: palette, card, form, validator, docs, AI prompt, engine (STYLE, "A node type is one file"). */
export interface NodeDefinition<
  Config extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  When extends Labels = Labels,
  Reads extends FactName = FactName,
  By extends string | undefined = string | undefined,
  Fields extends keyof CustomerFacts = keyof CustomerFacts,
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
  /** How the card of a node that ends the run is coloured; the group's colour without it. */
  tone?: 'good' | 'caution' | 'bad' | 'plain'
  /** Hands a message to the customer, on this channel or the one that a config field names: two of them close together are warned about. */
  sends?: Channel | { field: string }
  /** The config field that says for how many ms the run rests here. Without it a node that rests does so for an unknown time. */
  rests?: string
  /** Of a guard: the config field with its rules, which may be empty only at the head of a fallback branch. */
  rules?: string
  /**
   * What a run that rests here is told of, or, for `entry: 'event'`, a run anywhere: the event that a config field names (and, where a
   * second field holds rules over the customer, whatever may change their verdict) or a fixed one, or the outcomes of its message that have edges.
   */
  listens?: { field: string; rules?: string } | { event: string } | 'when'
  /** Of a node that may end the run or let it go on: the config field that, when true, ends it. Then no way out is taken. */
  endsBy?: string
  guardedBy?: By
  reads: readonly Reads[]
  /** Fields of the customer that `execute` and `resume` look at themselves. What templates name is found by the compiler. */
  customer?: readonly Fields[]
  execute(input: Input<Config, Reads, By, Fields>): Outcome<NoInfer<z.input<Output>>, NoInfer<LabelOf<When>>>
  /** Nodes that rest have it; called when woken. */
  resume?(
    input: Input<Config, Reads, By, Fields> & { woke: Woke },
  ): Outcome<NoInfer<z.input<Output>>, NoInfer<LabelOf<When>>>
  /** Nodes that stand at the head of a branch have it: whether a customer may take the branch. */
  judge?(input: StepInput<z.output<Config>>): Verdict
  /** Whether an event that it listens to is one it means (a filter). Without it each one is. */
  hears?(input: { config: z.output<Config>; event: HeardEvent; nodeId: string }): boolean
  /**
   * Nodes that mark a conversion have it: why the customer has reached it, by what happened just now (null: by coming in), or null when they
   * have not. Asked from enrollment until `goalWindowMs` later, also after the run ended; the first answer counts.
   */
  reached?(input: StepInput<z.output<Config>> & { event: HeardEvent | null }): Why | null
  /** What is allowed but probably not meant. */
  warn?(config: z.output<Config>): Warning[]
  docs: string
  /** Config that a new node on the canvas starts with; may be incomplete. */
  initial?: Record<string, unknown>
  examples: readonly z.input<Config>[]
}

/** Declares a node type; the compiler checks labels, facts, outputs and examples against one another. */
export const defineNode = <
  Config extends z.ZodType,
  Output extends z.ZodType,
  const When extends Labels,
  Reads extends FactName = never,
  const By extends string | undefined = undefined,
  Fields extends keyof CustomerFacts = never,
>(
  definition: NodeDefinition<Config, Output, When, Reads, By, Fields>,
): NodeDefinition<Config, Output, When, Reads, By, Fields> => definition

/** Any definition, as the registry holds it: each one has its own types, which only the definition itself needs. */
// biome-ignore lint/suspicious/noExplicitAny: the list of all node types is the one place where they meet (STYLE, "Code")
export type AnyNode = NodeDefinition<any, any, any, any, any, any>

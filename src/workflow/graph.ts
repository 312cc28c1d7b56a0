/** A node of the draft graph, as the API writes it. `config` is what the person typed, valid or not. */
export interface GraphNode {
  id: string
  type: string
  title: string
  config: Record<string, unknown>
}

/** An edge; `when` is an outcome label or branch id, null the default way out. */
export interface GraphEdge {
  id: string
  source: string
  target: string
  when: string | null
}

/** A workflow as drawn. Acyclic when it is valid. */
export interface Graph {
  nodes: GraphNode[]
  edges: GraphEdge[]
}

/** What compile and validate know of a node type: plain data derived from its definition (src/catalogue), so that they also run in the browser. */
export interface NodeType {
  type: string
  version: number
  kind: 'action' | 'branch'
  group: 'builtin' | 'contact' | 'messaging'
  title: string
  icon: string
  summary: string
  /** Card text with `{field}` placeholders. */
  sentence: string
  /**
   * Labels its edges may carry; `{each: 'branches'}` = the ids of the items of that config field; `{by, of}` = those that the value of
   * the config field `by` allows.
   */
  when: string[] | { each: string } | { by: string; of: Record<string, string[]> }
  /** How customers get in without an edge: the one start, or an event while they are anywhere in the campaign. */
  entry: 'start' | 'event' | null
  /** Ends the run: no way out. */
  ends: boolean
  /** Has `resume`: the run may rest here. */
  blocks: boolean
  /** A branch's condition: it stands directly behind a node that is `guardedBy` a config field, one for each of its branches. */
  guard: boolean
  guardedBy: string | null
  /** Hands a message to the customer: on this channel, or on the one that a config field names. */
  sends: string | { field: string } | null
  /** The config field with the ms that the run rests here; null when that is unknown or it does not rest. */
  rests: string | null
  /** Of a guard: the config field with its rules. */
  rules: string | null
  /** How the card of a node that ends the run is coloured. */
  tone: 'good' | 'caution' | 'bad' | 'plain' | null
  /**
   * What a run that stands here, or anywhere for a listener, is told of: the event that a config field names and what may change the
   * verdict of the rules in another, or the outcomes of its own message for which it has edges.
   */
  listens: { field: string; rules?: string } | { event: string } | 'when' | null
  /** Marks a conversion when it is reached, also after the run ended. */
  goal: boolean
  /** The config field that, when true, ends the run here: then no way out is taken. */
  endsBy: string | null
  /** Facts that `execute` looks at (FactName of engine/facts.ts). */
  reads: string[]
  /** Fields of the customer that `execute` looks at itself. */
  customer: string[]
  /**
   * JSON Schema (2020-12) of config and output. Beside `title` (label), `description` (help below the field), `default`, limits and
   * `enum`, a field carries these `x-` members, set by `meta({…})` without the prefix:
   *   x-widget    how it is edited: text, multiline, liquid, code, number, duration, switch, select, credential, template, segment,
   *               criterion, product, member, members, tag, rules, branches, weekdays, time, date, input, sendWindow, suggest
   *   x-ref       it holds the id (a template: the name) of a segment, credential, template, criterion, member or product
   *   x-refFilter members that the thing must have: `{kind: 'static'}` of a segment, `{channel: 'email'}` of a credential or template
   *   x-implied   empty stands for the campaign's own (the criterion of the primary product): `true`, or the field that must be set
   *               for this to be insisted on
   *   x-template  it holds Liquid: `short` (outputs and plain filters), `full` (tags, too), `value` (a bare path or one `{{…}}`)
   *   x-unit      shown behind the value: ms (of a duration), points
   *   x-section   the folded part of the form: tracking, timing, advanced; none = essentials
   *   x-hidden    part of the contract, not shown in the form
   *   x-labels    words for the values of an enum: `{value: label}`
   *   x-sentence  on one of several shapes (`oneOf`): the card text in place of the type's
   *   x-placeholder
   * A config of several shapes is `oneOf`, each with a `title` and one field that is a `const`: the one that tells them apart.
   */
  config: Record<string, unknown>
  output: Record<string, unknown>
  /** Config that a new node starts with. */
  initial: Record<string, unknown>
  examples: Record<string, unknown>[]
  docs: string
}

export type Catalogue = Readonly<Record<string, NodeType>>

/** Something wrong with a graph. Errors block activation and publishing; warnings do not. */
export interface GraphProblem {
  severity: 'error' | 'warning'
  /** Permanent snake_case code, e.g. `missing_branch_path`. */
  code: string
  nodeId?: string
  edgeId?: string
  /** Path of the field inside the node's config, e.g. `rules.0.value`. */
  field?: string
  /** One sentence for a person. */
  message: string
  /** What to do about it, when that is known. */
  fix?: string
}

/** What a run may look at from a node to the next one where it can rest; the engine loads the union for a batch. */
export interface Needs {
  /** Fields of the customer read by paths and templates, top level (`firstName`, `tags`, `attributes`, `company`). */
  customer: string[]
  /** Criteria whose scores are read; `null` stands for the one of the primary product. */
  scores: (string | null)[]
  /** Other facts (FactName). */
  facts: string[]
}

export interface CompiledNode {
  id: string
  type: string
  title: string
  /** Parsed by the definition's schema: defaults are filled in. */
  config: Record<string, unknown>
  /** Target by label; '' is the default way out. */
  out: Record<string, string>
  /** Of a guarded branch node, in order: the path that each branch starts with, and its parsed config. */
  guards?: { branch: string; nodeId: string; fallback: boolean }[]
  /** The closure of this node and its successors up to where the run can rest. */
  needs: Needs
  /** Fields of this node's output that something downstream reads; the run keeps only these. */
  keeps: string[]
  /** Bus names of the events that concern a run which rests here, or anywhere for a listener. */
  listens: string[]
}

/** An immutable published workflow: what a version row holds and what the engine walks. */
export interface CompiledWorkflow {
  start: string
  nodes: Record<string, CompiledNode>
  /** Nodes that take a run from wherever it is when their event happens, and what stands below each: from there it is not taken. */
  listeners: { nodeId: string; below: string[] }[]
  /** All event names that any node of it is told of. */
  listens: string[]
  /** Nodes that mark a conversion, and all event names by which one of them may be reached; absent when there are none. */
  goals?: { nodeIds: string[]; listens: string[] }
}

/** A fault of a node's config, or (severity `warning`) what is allowed but probably not meant. */
export interface ConfigIssue {
  severity: 'error' | 'warning'
  code: string
  /** Dotted path inside the config, '' for the whole. */
  field: string
  message: string
  fix?: string
}

/** A config as its definition reads it: null when it has errors. */
export interface ParsedConfig {
  config: Record<string, unknown> | null
  issues: ConfigIssue[]
}

/** Parses a node's config by its definition's own schema, which is not at hand here. Never throws. */
export type ParseConfig = (type: string, config: unknown) => ParsedConfig

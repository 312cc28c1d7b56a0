import type { Catalogue, Graph, GraphEdge, GraphNode } from '../workflow/graph.ts'

/** A way out that nothing follows yet. */
export interface Open {
  source: string
  when: string | null
}

/** A graph while it is being drawn: what is added hangs on the ways that are open. */
export class Sketch {
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  /** Names that the outline gave for things that are not in the workspace, by `nodeId field`. */
  readonly wanted = new Map<string, string>()
  open: Open[] = []
  readonly #catalogue: Catalogue

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue
  }

  /** Whether there is such a step in this version. */
  has(type: string): boolean {
    return Object.hasOwn(this.#catalogue, type)
  }

  /** Adds a step behind all open ways; its own way on is open then, unless it ends the run. */
  add(type: string, title: string, config: Record<string, unknown>, behind: readonly Open[] = this.open): GraphNode {
    const node = this.#make(type, title, config)
    for (const { source, when } of behind) this.join(source, node.id, when)
    this.open = this.#catalogue[type]?.ends ? [] : [{ source: node.id, when: null }]
    return node
  }

  /** Adds a step that no edge leads to, and leaves the open ways as they are. */
  listen(type: string, title: string, config: Record<string, unknown>): GraphNode {
    return this.#make(type, title, config)
  }

  #make(type: string, title: string, config: Record<string, unknown>): GraphNode {
    const stem = type === 'email-send' ? 'email' : type === 'send-step' ? 'message' : type
    const count = this.nodes.filter(({ id }) => id.replace(/-\d+$/, '') === stem).length
    const node = { id: `${stem}-${count + 1}`, type, title, config }
    this.nodes.push(node)
    return node
  }

  /** Leads a way of one step to another. */
  join(source: string, target: string, when: string | null): void {
    const id = `${source}-${target}${when === null ? '' : `-${when}`}`
    if (this.edges.some((edge) => edge.source === source && edge.when === when)) return
    this.edges.push({ id, source, target, when })
  }

  /** Takes out the last step when a single plain way leads to it, and opens that way again. */
  takeBack(node: GraphNode): void {
    const into = this.edges.filter((edge) => edge.target === node.id)
    this.nodes.splice(this.nodes.indexOf(node), 1)
    for (const edge of into) this.edges.splice(this.edges.indexOf(edge), 1)
    this.open = into.map(({ source, when }) => ({ source, when }))
  }

  /** The way that leads to a step, when there is one only. */
  wayInto(node: GraphNode): GraphEdge | null {
    const into = this.edges.filter((edge) => edge.target === node.id)
    return into.length === 1 ? (into[0] ?? null) : null
  }

  /** Whether a step has an edge of its own for an outcome. */
  leaves(id: string, when: string): boolean {
    return this.edges.some((edge) => edge.source === id && edge.when === when)
  }

  get graph(): Graph {
    return { nodes: this.nodes, edges: this.edges }
  }
}

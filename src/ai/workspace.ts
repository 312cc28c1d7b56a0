/** A thing of the workspace that workflows may refer to: what it is called and how it is referred to. */
export interface KnownThing {
  /** What a node's config holds; of a template its name. */
  id: string
  name: string
}

/** What may be told of a workspace to whoever writes a workflow: names and ids, never a customer and never a secret. */
export interface Workspace {
  segments: (KnownThing & { kind: 'static' | 'dynamic' })[]
  templates: (KnownThing & { channel: string })[]
  credentials: (KnownThing & { channels: string[] })[]
  products: (KnownThing & { primary: boolean })[]
  criteria: (KnownThing & { product: string })[]
  members: KnownThing[]
  /** Names of the free attributes that customers have. */
  attributes: string[]
}

/** A workspace of which nothing is known: for the command line without a database. */
export const emptyWorkspace: Workspace = {
  segments: [],
  templates: [],
  credentials: [],
  products: [],
  criteria: [],
  members: [],
  attributes: [],
}

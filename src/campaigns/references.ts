import type { GraphProblem } from '../workflow/graph.ts'

/** A field of a node that holds the id (of a template: the name) of something in the workspace, or stands empty for the campaign's own. */
export interface Reference {
  nodeId: string
  field: string
  /** What kind of thing: segment, credential, template, criterion, member or product. */
  ref: string
  value: string
  /** Members that the thing must have, e.g. `{kind: 'static'}`. */
  filter?: Record<string, unknown>
}

/** What is known of the thing that a reference names; members of `has` are compared with the reference's filter. */
export interface Referent {
  ref: string
  value: string
  name: string
  /** Exists, but can no longer be used. */
  gone: boolean
  has: Record<string, readonly string[]>
}

const nouns: Record<string, string> = {
  segment: 'segment',
  credential: 'sender',
  template: 'template',
  criterion: 'criterion',
  member: 'member',
  product: 'product',
}

/** What is wrong with the references of a graph, given the things of the workspace that they name. */
export function referenceProblems(references: readonly Reference[], referents: readonly Referent[]): GraphProblem[] {
  const known = new Map(referents.map((referent) => [keyOf(referent), referent]))
  return references.flatMap(({ nodeId, field, ref, value, filter }) => {
    const noun = nouns[ref] ?? ref
    const at = { severity: 'error', nodeId, field } as const
    const found = known.get(keyOf({ ref, value }))
    if (!found) {
      const message = `There is no ${noun} ${ref === 'template' ? `“${value}”` : 'with this id'} in this workspace.`
      return [{ ...at, code: `unknown_${ref}`, message, fix: `Choose a ${noun} that exists.` }]
    }
    if (found.gone) {
      const message =
        ref === 'member' ? `${found.name} has left the workspace.` : `The ${noun} “${found.name}” is archived.`
      return [{ ...at, code: `unusable_${ref}`, message, fix: `Choose another ${noun}.` }]
    }
    const unfit = Object.entries(filter ?? {}).find(([member, wanted]) => !found.has[member]?.includes(String(wanted)))
    if (!unfit) return []
    const message = `The ${noun} “${found.name}” does not fit here: ${unfit[0]} must be ${String(unfit[1])}.`
    return [{ ...at, code: `unfit_${ref}`, message, fix: `Choose another ${noun}.` }]
  })
}

/** A node that takes the criterion of the campaign's primary product, where there is none. */
export const noDefaultCriterion = ({ nodeId, field }: { nodeId: string; field: string }): GraphProblem => ({
  severity: 'error',
  code: 'no_criterion',
  nodeId,
  field,
  message: 'Without a criterion here, the one of the campaign’s primary product is used, and there is none.',
  fix: 'Choose a criterion, or link a product that has one.',
})

// A template's name is found in any case; ids are lower case already or unknown.
const keyOf = ({ ref, value }: { ref: string; value: string }): string => `${ref}\u0000${value.toLowerCase()}`

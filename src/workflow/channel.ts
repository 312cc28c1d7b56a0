import type { Catalogue, NodeType } from './graph.ts'

/** The channel on which a node writes to customers, by its type and config; null when it writes nothing, or does not say where yet. */
export function channelOf(type: Pick<NodeType, 'sends'> | undefined, config: Record<string, unknown>): string | null {
  const sends = type?.sends ?? null
  if (sends === null || typeof sends === 'string') return sends
  const named = config[sends.field]
  return typeof named === 'string' && named !== '' ? named : null
}

/** The channels on which the nodes of a graph write, each once. */
export const channelsOf = (
  catalogue: Catalogue,
  nodes: readonly { type: string; config: Record<string, unknown> }[],
): string[] => [...new Set(nodes.flatMap(({ type, config }) => channelOf(catalogue[type], config) ?? []))]

/**
 * The labels that a node's edges may carry by its config, or the config field whose items they are. Where they depend on a field that
 * says nothing yet, all of them.
 */
export function labelsOf(
  { when }: Pick<NodeType, 'when'>,
  config: Record<string, unknown>,
): string[] | { each: string } {
  if (!('by' in when)) return when
  const value = config[when.by]
  const known = typeof value === 'string' && Object.hasOwn(when.of, value) ? when.of[value] : undefined
  return known ?? [...new Set(Object.values(when.of).flat())]
}

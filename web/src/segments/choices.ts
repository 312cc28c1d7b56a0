import { useMemo } from 'react'
import { fieldWord } from '../../../src/workflow/segment-words.ts'
import type { Item } from '../api.ts'
import { percent } from '../format.ts'
import { type Choice, useMembers, useProducts, useSegments } from '../parts/choices.ts'
import { useApi } from '../query.ts'

type Attribute = Item<'GET /customers/attributes'>

/** What rules may name, each with the words for it. */
export interface RuleChoices {
  attributes: readonly Attribute[]
  /** Fields and attributes, grouped. */
  fields: { group: string; items: Choice[] }[]
  segments: Choice[]
  products: Choice[]
  campaigns: Choice[]
  members: Choice[]
  typeOf(field: string): string
  /** How many customers have a field, as text; empty where that is not known. */
  shareOf(field: string): string
}

/** Reads what rules may name. */
export function useRuleChoices(): RuleChoices {
  const attributes = useApi('GET /customers/attributes', {}, { staleTime: 60_000 }).data?.items
  const campaigns = useApi('GET /campaigns', { query: { limit: 200 } }, { staleTime: 15_000 }).data?.items
  const segments = useSegments()
  const products = useProducts()
  const members = useMembers()
  return useMemo(() => {
    const known = attributes ?? []
    const choice = ({ path }: Attribute): Choice => ({ value: path, label: fieldWord(path) })
    const isOwn = ({ path }: Attribute) => !path.startsWith('attributes.') && !path.startsWith('company.')
    return {
      attributes: known,
      fields: [
        { group: 'Customer', items: known.filter(isOwn).map(choice) },
        { group: 'Attributes', items: known.filter(({ path }) => path.startsWith('attributes.')).map(choice) },
        { group: 'Company', items: known.filter(({ path }) => path.startsWith('company.')).map(choice) },
      ].filter(({ items }) => items.length > 0),
      segments,
      products,
      campaigns: (campaigns ?? []).map(({ id, name }) => ({ value: id, label: name })),
      members,
      shareOf(field) {
        const share = known.find(({ path }) => path === field)?.share
        return share === undefined ? '' : percent(share, 1)
      },
      typeOf: (field) => known.find(({ path }) => path === field)?.type ?? 'string',
    }
  }, [attributes, campaigns, segments, products, members])
}

/** Names of what rules mention, for saying them. */
export function useRuleNames(): ReadonlyMap<string, string> {
  const { segments, products, campaigns, members } = useRuleChoices()
  return useMemo(
    () => new Map([segments, products, campaigns, members].flat().map(({ value, label }) => [value, label])),
    [segments, products, campaigns, members],
  )
}

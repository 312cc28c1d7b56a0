import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api } from '../api.ts'
import type { Names } from '../builder/sentence.ts'
import { useApi } from '../query.ts'

/** One thing to pick. */
export interface Choice {
  value: string
  label: string
}

const fresh = { staleTime: 15_000 }
const named = (items: readonly { id: string; name: string }[] | undefined): Choice[] =>
  (items ?? []).map(({ id, name }) => ({ value: id, label: name }))

/** Sending accounts that are in use; with a channel those that can send on it. `real`: without the sandbox. */
export const useCredentials = (channel?: string, { real = false } = {}): Choice[] =>
  named(
    useApi('GET /credentials', { query: { limit: 200 } }, fresh).data?.items.filter(({ type }) =>
      type === 'sandbox' ? !real : channel === undefined || (type === 'smtp' ? 'email' : type) === channel,
    ),
  )
/** All segments, static ones and those of rules. */
export const useSegments = (): Choice[] =>
  named(useApi('GET /segments', { query: { limit: 200, counts: 'false' } }, fresh).data?.items)
/** Segments kept by hand or by steps: the only ones that a step can change. */
export const useStaticSegments = (): Choice[] =>
  named(useApi('GET /segments', { query: { limit: 200, counts: 'false', kind: 'static' } }, fresh).data?.items)
/** Products. */
export const useProducts = (): Choice[] => named(useApi('GET /products', { query: { limit: 200 } }, fresh).data?.items)
/** Message templates, all or those of a channel; nodes refer to them by name. */
export const useTemplates = (channel?: string): Choice[] =>
  (useApi('GET /templates', { query: { limit: 200 } }, fresh).data?.items ?? [])
    .filter((template) => channel === undefined || template.channel === channel)
    .map(({ name }) => ({ value: name, label: name }))
/** Members of the workspace. */
export const useMembers = (): Choice[] =>
  (useApi('GET /members', { query: { limit: 200 } }, fresh).data?.items ?? []).map((member) => ({
    value: member.id,
    label: member.name || member.email,
  }))
/** Names of tags in use. */
export const useTags = (): string[] => (useApi('GET /tags', {}, fresh).data?.items ?? []).map(({ name }) => name)
/** Fit criteria, said with their product. */
export function useCriteria(): Choice[] {
  const products = useProducts()
  return useQueries({
    queries: products.map((product) => ({
      queryKey: ['GET /products/:id/criteria', { id: product.value }, {}],
      queryFn: () => api('GET /products/:id/criteria', { params: { id: product.value } }),
      ...fresh,
    })),
    combine: (results) =>
      results.flatMap((result, index) =>
        (result.data?.items ?? []).map((criterion) => ({
          value: criterion.id,
          label: `${products[index]?.label}: ${criterion.name}`,
        })),
      ),
  })
}

/** Names of everything that a step's config may refer to, for cards and lists. */
export function useNames(): Names {
  const credential = useCredentials()
  const segment = useSegments()
  const product = useProducts()
  const template = useTemplates()
  const member = useMembers()
  const criterion = useCriteria()
  return useMemo(() => {
    const map = (choices: Choice[]) => new Map(choices.map(({ value, label }) => [value, label]))
    return {
      credential: map(credential),
      segment: map(segment),
      product: map(product),
      template: map(template),
      member: map(member),
      criterion: map(criterion),
    }
  }, [credential, segment, product, template, member, criterion])
}

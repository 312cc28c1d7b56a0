import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api } from '../api.ts'
import type { Names } from '../builder/sentence.ts'
import { count } from '../format.ts'
import { prefetch, useApi } from '../query.ts'

/** One thing to pick. */
export interface Choice {
  value: string
  label: string
  /** Of a sending account. */
  health?: 'ok' | 'dead' | 'unknown'
  /** Something short to know when choosing. */
  note?: string
}

const fresh = { staleTime: 15_000 }
const first200 = { query: { limit: 200 } }
const allSegments = { query: { limit: 200, counts: 'false' } } as const
const staticSegments = { query: { limit: 200, counts: 'false', kind: 'static' } } as const

/** Choices by id and name. The array stays the same while the items do, so that what is made of it (every card's text) is made once. */
const useNamed = (items: readonly { id: string; name: string }[] | undefined): Choice[] =>
  useMemo(() => (items ?? []).map(({ id, name }) => ({ value: id, label: name })), [items])

/** Sending accounts that are in use; with a channel those that can send on it. `real`: without the sandbox. */
export function useCredentials(channel?: string, { real = false } = {}): Choice[] {
  const all = useApi('GET /credentials', first200, fresh).data?.items
  return useMemo(
    () =>
      (all ?? [])
        .filter(({ type }) =>
          type === 'sandbox' ? !real : channel === undefined || (type === 'smtp' ? 'email' : type) === channel,
        )
        .map(({ id, name, type, health, limits, usedToday }) => ({
          value: id,
          label: name,
          ...(type === 'sandbox' ? { note: 'nothing leaves this machine' } : { health }),
          ...(limits?.perDay !== undefined && { note: `${count(usedToday ?? 0)} of ${count(limits.perDay)} today` }),
        })),
    [all, channel, real],
  )
}
/** All segments, static ones and those of rules. */
export const useSegments = (): Choice[] => useNamed(useApi('GET /segments', allSegments, fresh).data?.items)
/** Segments kept by hand or by steps: the only ones that a step can change. */
export const useStaticSegments = (): Choice[] => useNamed(useApi('GET /segments', staticSegments, fresh).data?.items)
/** Products. */
export const useProducts = (): Choice[] => useNamed(useApi('GET /products', first200, fresh).data?.items)
/** Message templates, all or those of a channel; nodes refer to them by name. */
export function useTemplates(channel?: string): Choice[] {
  const all = useApi('GET /templates', first200, fresh).data?.items
  return useMemo(
    () =>
      (all ?? [])
        .filter((template) => channel === undefined || template.channel === channel)
        .map(({ name }) => ({ value: name, label: name })),
    [all, channel],
  )
}
/** Members of the workspace. */
export function useMembers(): Choice[] {
  const all = useApi('GET /members', first200, fresh).data?.items
  return useMemo(() => (all ?? []).map(({ id, name, email }) => ({ value: id, label: name || email })), [all])
}
/** Asks for what `useNames` needs, before a page is there to ask. */
export function prefetchNames(): void {
  prefetch('GET /credentials', first200, fresh)
  prefetch('GET /segments', allSegments, fresh)
  prefetch('GET /products', first200, fresh)
  prefetch('GET /templates', first200, fresh)
  prefetch('GET /members', first200, fresh)
}
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

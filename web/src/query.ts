import { notifications } from '@mantine/notifications'
import {
  type InfiniteData,
  QueryClient,
  type UseMutationResult,
  type UseQueryOptions,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
} from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { type Answer, ApiProblem, api, type Input, type Item, type Query, type ReadKey, type RouteKey } from './api.ts'
import { onRecovery } from './connection.ts'

/** What is known of the server. Network failures are tried again, refusals are not. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (count, error) =>
        count < 2 && error instanceof ApiProblem && (error.code === 'offline' || error.status >= 500),
      refetchOnWindowFocus: true,
      // A browser that thinks it is offline is asked nothing by default, and would do much later what was asked of it now.
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
})
onRecovery(() => void queryClient.invalidateQueries())

/** How often visible numbers are read again while nothing pushes them, in milliseconds. */
export const liveMs = 5_000

/** Reads a route through the cache. */
export function useApi<K extends ReadKey>(
  key: K,
  input: Input<K> = {},
  options: Pick<UseQueryOptions<Answer<K>>, 'enabled' | 'refetchInterval' | 'staleTime' | 'placeholderData'> = {},
): UseQueryResult<Answer<K>, Error> {
  return useQuery<Answer<K>>({
    queryKey: [key, input.params ?? {}, input.query ?? {}],
    queryFn: ({ signal }) => api(key, { ...input, signal }),
    ...options,
  })
}

/** Asks for a route's answer ahead, so that it is there, or on its way, when a page reads it by `useApi`. Failures are left to that. */
export function prefetch<K extends ReadKey>(key: K, input: Input<K> = {}, options: { staleTime?: number } = {}): void {
  void queryClient.prefetchQuery({
    queryKey: [key, input.params ?? {}, input.query ?? {}],
    queryFn: ({ signal }) => api(key, { ...input, signal }),
    retry: false,
    ...options,
  })
}

interface Page {
  items: unknown[]
  nextCursor: string | null
  total?: { count: number; exact: boolean } | null
}

/** Pages that are read again by themselves; who scrolled further sees what is new by a reload. */
const mostLivePages = 3

/** Reads a list page by page. */
export function usePages<K extends ReadKey>(
  key: K,
  input: Input<K> = {},
  options: { enabled?: boolean; live?: boolean } = {},
) {
  const result = useInfiniteQuery<Page, Error, InfiniteData<Page>, unknown[], string | undefined>({
    queryKey: [key, input.params ?? {}, input.query ?? {}, 'pages'],
    queryFn: async ({ pageParam, signal }) =>
      (await api(key, {
        ...input,
        query: { ...(input.query as object), cursor: pageParam } as unknown as Partial<Query<K>>,
        signal,
      })) as Page,
    initialPageParam: undefined,
    getNextPageParam: (last) => last.nextCursor ?? undefined,
    placeholderData: (previous) => previous,
    enabled: options.enabled ?? true,
    // Reading a long list again and again would cost more than it tells.
    refetchInterval: options.live
      ? ({ state }) => ((state.data?.pages.length ?? 0) > mostLivePages ? false : liveMs)
      : false,
  })
  const items = useMemo(() => {
    const all = result.data?.pages.flatMap((page) => page.items as Item<K>[]) ?? []
    // What changed while pages were read may be on two of them.
    const ids = new Set<unknown>()
    return all.filter((item) => {
      const { id } = item as { id?: unknown }
      return id === undefined || (!ids.has(id) && ids.add(id))
    })
  }, [result.data])
  return {
    items,
    /** How many there are in all, where that was asked for; not exact: at least so many. */
    total: result.data?.pages[0]?.total,
    loading: result.isPending,
    refreshing: result.isPlaceholderData,
    // What was read before stays in view, also when it was an empty list.
    error: result.data === undefined ? result.error : null,
    hasMore: result.hasNextPage,
    loadingMore: result.isFetchingNextPage,
    more: () => void result.fetchNextPage(),
    retry: () => void result.refetch(),
  }
}

/** Says something that was done; may hold a button that undoes it. */
export const toast = (message: ReactNode): void => {
  notifications.show({ message, autoClose: 8_000, withBorder: true, color: 'indigo' })
}

/** Says what did not work; stays until it is closed. */
export const toastProblem = (error: unknown): void => {
  const message = error instanceof Error ? error.message : String(error)
  notifications.show({ id: message, message, color: 'red', autoClose: false, withBorder: true, role: 'alert' })
}

/** Calls a route that changes something, then reads everything visible again. Problems are said in a toast unless `quiet`. */
export function useAct<K extends RouteKey>(
  key: K,
  options: {
    done?: string | ((answer: Answer<K>, input: Input<K>) => string | undefined)
    quiet?: boolean
    after?: (answer: Answer<K>, input: Input<K>) => void
  } = {},
): UseMutationResult<Answer<K>, Error, Input<K>> {
  return useMutation<Answer<K>, Error, Input<K>>({
    mutationFn: (input) => api(key, input),
    onSuccess: (answer, input) => {
      void queryClient.invalidateQueries()
      const text = typeof options.done === 'function' ? options.done(answer, input) : options.done
      if (text) toast(text)
      options.after?.(answer, input)
    },
    onError: (error) => {
      if (!options.quiet) toastProblem(error)
      if (error instanceof ApiProblem && (error.status === 409 || error.status === 412))
        void queryClient.invalidateQueries()
    },
  })
}

/** Counts down in a toast while calls come too fast; resolves when the next may come. */
export async function holdBack(seconds: number): Promise<void> {
  const id = 'too-fast'
  const color = 'yellow'
  for (let left = Math.max(1, Math.ceil(seconds)); left > 0; left -= 1) {
    const message = `Too many requests at once. Goes on by itself in ${left} s`
    notifications.show({ id, message, color, autoClose: false, withBorder: true })
    notifications.update({ id, message, color, autoClose: false, withBorder: true })
    await new Promise((done) => setTimeout(done, 1_000))
  }
  notifications.hide(id)
}

/** What a form of `useForm` offers to show a refusal. */
interface Refusable {
  setErrors(errors: Record<string, string>): void
  getInputNode(field: string): HTMLElement | null
}

/** Shows a refusal at the fields that it is about and focuses the first of them; the rest stands above the form. */
export function showRefusal(form: Refusable, problem: unknown, fields: readonly string[]): void {
  const errors = fieldErrors(problem, fields)
  form.setErrors(errors)
  const first = fields.find((field) => errors[field])
  // Once it is drawn: a field that was busy cannot take the focus.
  if (first) setTimeout(() => form.getInputNode(first)?.focus())
}

/** The sentences of a refused form by field; what belongs to no field of it is under ''. */
export function fieldErrors(error: unknown, fields: readonly string[]): Record<string, string> {
  if (!(error instanceof ApiProblem)) return { '': error instanceof Error ? error.message : String(error) }
  const found: Record<string, string> = {}
  for (const one of error.errors) {
    const field = fields.find((name) => one.path === name || one.path.startsWith(`${name}.`)) ?? ''
    found[field] = found[field] ? `${found[field]} ${one.message}` : one.message
  }
  return error.errors.length > 0 ? found : { '': error.message }
}

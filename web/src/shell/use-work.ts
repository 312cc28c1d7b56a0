import { useEffect, useRef, useState } from 'react'
import { api, type Item } from '../api.ts'
import { count, plural } from '../format.ts'
import { queryClient, useApi } from '../query.ts'
import { skippedText } from '../triggers/skipped-text.ts'

type Running = Item<'GET /work'>

/** Something that takes long, while it goes on and after it has ended. */
export interface TrayItem {
  id: string
  kind: Running['kind']
  title: string
  /** "8,120 of 12,011" */
  progress: string
  /** From 0 to 100; null where the end is not known. */
  percent: number | null
  state: 'running' | 'done' | 'failed'
  /** Where more about it stands. */
  to: string
}

/** How often it is asked whether something is under way, in ms; while it is, the stream tells. */
const askMs = 15_000

const firingWords: Record<string, string> = {
  're-enroll': 'Re-enrolling in',
  keep: 'Enrolling whoever matches in',
}

function running(work: Running): TrayItem {
  const shared = { id: work.id, kind: work.kind, state: 'running' as const }
  switch (work.kind) {
    case 'import':
      return {
        ...shared,
        title: `Importing ${work.name ?? 'customers'}`,
        progress: `${plural(work.done, 'row')} read`,
        percent: null,
        to: '/customers/import',
      }
    case 'firing':
      return {
        ...shared,
        title: `${firingWords[work.type ?? ''] ?? 'Enrolling in'} “${work.name ?? ''}”`,
        progress: `${plural(work.done, 'customer')} so far`,
        percent: null,
        to: `/campaigns/${work.aboutId}/overview`,
      }
    case 'score-job':
      return {
        ...shared,
        title: work.name ? `Scoring on “${work.name}”` : 'Scoring anew',
        progress: `${count(work.done)} of ${count(work.total)}`,
        percent: work.total ? (work.done / work.total) * 100 : null,
        to: work.aboutId ? `/products/${work.aboutId}` : '/products',
      }
  }
}

/** What became of something that is no longer under way. */
async function ended(item: TrayItem): Promise<TrayItem> {
  const params = { id: item.id }
  switch (item.kind) {
    case 'import': {
      const done = await api('GET /imports/:id', { params })
      const parts = [
        [done.created, 'created'],
        [done.updated, 'updated'],
        [done.rejected, 'rejected'],
      ] as const
      const text = parts.flatMap(([n, word]) => (n > 0 ? [`${count(n)} ${word}`] : [])).join(', ')
      return {
        ...item,
        state: done.status === 'failed' ? 'failed' : 'done',
        progress: done.error ?? (text || 'Nothing was new'),
        percent: 100,
        to: `/customers/import?id=${item.id}`,
      }
    }
    case 'firing': {
      const done = await api('GET /firings/:id', { params })
      const skipped = skippedText(done.skipped)
      return {
        ...item,
        state: done.status === 'failed' || done.status === 'stopped' ? 'failed' : 'done',
        progress: `${count(done.enrolled)} enrolled${skipped && `, passed over: ${skipped}`}${done.error ? ` · ${done.error}` : ''}`,
        percent: 100,
      }
    }
    case 'score-job': {
      const done = await api('GET /score-jobs/:id', { params })
      return { ...item, state: 'done', progress: `${plural(done.changed, 'score')} changed`, percent: 100 }
    }
  }
}

/** What is under way in the workspace, and what this tab saw end until it is put away. */
export function useWork(): { items: TrayItem[]; forget(): void } {
  const asked = useApi('GET /work', {}, { refetchInterval: askMs, staleTime: 0 }).data?.items
  const [items, setItems] = useState<TrayItem[]>([])
  const seen = useRef<TrayItem[]>([])
  const following = useRef(false)
  const put = (next: TrayItem[]) => {
    seen.current = next
    setItems(next)
  }
  const look = useRef((work: readonly Running[]) => {
    const now = work.map(running)
    const gone = seen.current.filter((one) => one.state === 'running' && !now.some(({ id }) => id === one.id))
    put([...now, ...seen.current.filter((one) => one.state !== 'running')])
    for (const one of gone) {
      ended(one).then(
        (done) => {
          put([...seen.current.filter(({ id }) => id !== done.id), done])
          // What it changed is on screen.
          void queryClient.invalidateQueries()
        },
        () => undefined,
      )
    }
  })
  // Followed only while there is something: a stream that stays open takes one of the six connections that a browser has for us.
  const isRunning = items.some(({ state }) => state === 'running')
  useEffect(() => {
    if (asked && !following.current) look.current(asked)
  }, [asked])
  useEffect(() => {
    if (!isRunning) return
    const stream = new EventSource('/api/v1/stream')
    stream.addEventListener('work', (event: MessageEvent<string>) => {
      following.current = true
      look.current((JSON.parse(event.data) as { items: Running[] }).items)
    })
    stream.onerror = () => {
      following.current = false
    }
    return () => {
      following.current = false
      stream.close()
    }
  }, [isRunning])
  return { items, forget: () => put(seen.current.filter(({ state }) => state === 'running')) }
}

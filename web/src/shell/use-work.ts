import { useEffect, useRef, useState } from 'react'
import { api, type Item } from '../api.ts'
import { count, megabytes, plural } from '../format.ts'
import { jobFile } from '../parts/jobs.ts'
import { queryClient, toastProblem, useApi } from '../query.ts'
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
  /** A file that is ready to be fetched. */
  file?: string
  /** Ends it. */
  cancel?: () => void
}

/** How often it is asked whether something is under way, in ms; while it is, the stream tells. */
const askMs = 15_000

const firingWords: Record<string, string> = {
  're-enroll': 'Re-enrolling in',
  keep: 'Enrolling whoever matches in',
}

const importWords: Record<string, string> = { uploading: 'Sending', checking: 'Checking' }

const jobWords: Record<string, string> = {
  addTag: 'Adding a tag',
  removeTag: 'Removing a tag',
  addToSegment: 'Adding to a segment',
  removeFromSegment: 'Removing from a segment',
  assign: 'Assigning an owner',
  archive: 'Archiving customers',
  customers: 'Exporting customers',
}

const params = (id: string) => ({ params: { id } })

function running(work: Running): TrayItem {
  const shared = { id: work.id, kind: work.kind, state: 'running' as const }
  switch (work.kind) {
    case 'job': {
      const of = work.total === null ? '' : ` of ${count(work.total)}`
      const ofCampaign = { runs: 'runs', events: 'events' }[work.type ?? '']
      const title = ofCampaign ? `Exporting the ${ofCampaign} of “${work.name ?? ''}”` : jobWords[work.type ?? '']
      const item = {
        ...shared,
        title: title ?? 'Changing customers',
        to: ofCampaign ? `/campaigns/${work.aboutId}/${ofCampaign === 'runs' ? 'runs' : 'analytics'}` : '/customers',
      }
      if (work.state === 'ready') {
        return {
          ...item,
          state: 'done',
          progress: `${plural(work.done, 'row')}, ready`,
          percent: 100,
          file: jobFile(work.id),
        }
      }
      return {
        ...item,
        progress: `${count(work.done)}${of}`,
        percent: work.total ? Math.min(100, (work.done / work.total) * 100) : null,
        cancel: () => void api('POST /jobs/:id/cancel', params(work.id)).catch(toastProblem),
      }
    }
    case 'import':
      return {
        ...shared,
        title: `${importWords[work.type ?? ''] ?? 'Importing'} ${work.name ?? 'customers'}`,
        progress:
          work.type === 'uploading'
            ? `${megabytes(work.done)} of ${megabytes(work.total ?? 0)}`
            : work.total
              ? `${count(work.done)} of ${plural(work.total, 'row')}`
              : `${plural(work.done, 'row')} read`,
        percent: work.total ? (work.done / work.total) * 100 : null,
        to: `/customers/import?id=${work.id}`,
        ...(work.type !== null && {
          cancel: () => void api('POST /imports/:id/cancel', params(work.id)).catch(toastProblem),
        }),
      }
    case 'firing':
      return {
        ...shared,
        title: `${firingWords[work.type ?? ''] ?? 'Enrolling in'} “${work.name ?? ''}”`,
        progress:
          work.total === null
            ? `${plural(work.done, 'customer')} so far`
            : `${count(work.done)} of ${plural(work.total, 'customer')}`,
        percent: work.total ? Math.min(100, (work.done / work.total) * 100) : null,
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
async function ended({ cancel: _, ...item }: TrayItem): Promise<TrayItem> {
  const params = { id: item.id }
  switch (item.kind) {
    case 'job': {
      const job = await api('GET /jobs/:id', { params })
      const words = { running: '', done: '', failed: 'It stopped: ', canceled: 'Canceled; ' }[job.status]
      const did = job.kind === 'export' ? plural(job.done, 'row') : `${plural(job.changed, 'customer')} changed`
      return {
        ...item,
        state: job.status === 'failed' ? 'failed' : 'done',
        progress: `${words}${job.error ?? did}`,
        percent: 100,
        ...(job.kind === 'export' && job.size && { file: jobFile(job.id) }),
      }
    }
    case 'import': {
      const done = await api('GET /imports/:id', { params })
      if (done.status === 'uploading')
        return { ...item, state: 'failed', progress: 'The sending stopped; go on with it' }
      if (done.status === 'uploaded') return { ...item, state: 'done', progress: 'Sent; say what its columns become' }
      if (done.checked && done.status === 'checked') {
        const { created, updated, rejected } = done.checked
        const text = `Would create ${count(created)}, update ${count(updated)}, reject ${count(rejected)}`
        return { ...item, state: 'done', progress: text, percent: 100 }
      }
      const parts = [
        [done.created, 'created'],
        [done.updated, 'updated'],
        [done.rejected, 'rejected'],
      ] as const
      const text = parts.flatMap(([n, word]) => (n > 0 ? [`${count(n)} ${word}`] : [])).join(', ')
      return {
        ...item,
        state: done.status === 'failed' ? 'failed' : 'done',
        progress: done.error ?? (`${done.status === 'canceled' ? 'Canceled; ' : ''}${text}` || 'Nothing was new'),
        percent: 100,
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
  /** What was put away. */
  const away = useRef(new Set<string>())
  const put = (next: TrayItem[]) => {
    seen.current = next
    setItems(next)
  }
  const look = useRef((work: readonly Running[]) => {
    const now = work.map(running).filter(({ id, state }) => state === 'running' || !away.current.has(id))
    const gone = seen.current.filter((one) => one.state === 'running' && !now.some(({ id }) => id === one.id))
    // What has ended stays until it is put away, or begins anew: an import that was checked is then started.
    const over = seen.current.filter((one) => one.state !== 'running' && !now.some(({ id }) => id === one.id))
    put([...now, ...over])
    for (const one of gone) {
      ended(one).then(
        (done) => {
          if (seen.current.some(({ id, state }) => id === done.id && state === 'running')) return
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
  const forget = () => {
    for (const { id, state } of seen.current) if (state !== 'running') away.current.add(id)
    put(seen.current.filter(({ state }) => state === 'running'))
  }
  return { items, forget }
}

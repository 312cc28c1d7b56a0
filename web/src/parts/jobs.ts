import { type Answer, api, type Body } from '../api.ts'
import { queryClient, toast, toastProblem } from '../query.ts'

type Job = Answer<'GET /jobs/:id'>

/** How long one waits for a job on the spot, and how often one looks, in ms; what takes longer is followed in the tray. */
const patienceMs = 2_000
const lookMs = 150

/** Where the file of an export is. */
export const jobFile = (id: string): string => `/api/v1/jobs/${id}/file`

/** Starts a job and waits a moment for its end; it goes on by itself. @throws ApiProblem */
export async function startJob(body: Body<'POST /jobs'>): Promise<Job> {
  let job: Job = await api('POST /jobs', { body, idempotencyKey: crypto.randomUUID() })
  const until = Date.now() + patienceMs
  while (job.status === 'running' && Date.now() < until) {
    await new Promise((done) => setTimeout(done, lookMs))
    job = await api('GET /jobs/:id', { params: { id: job.id } })
  }
  // Either its end changed what is on screen, or the tray takes it over.
  void queryClient.invalidateQueries(job.status === 'running' ? { queryKey: ['GET /work'] } : {})
  return job
}

/** Exports a list as a CSV file: saved at once when it is ready within two seconds, else to be fetched from the tray. */
export async function exportFile(body: Extract<Body<'POST /jobs'>, { kind: 'export' }>): Promise<void> {
  try {
    const job = await startJob(body)
    if (job.status === 'running')
      toast('The export goes on by itself; fetch the file at the bottom right when it is ready')
    else if (job.status === 'done') saveFile(job.id)
    else toastProblem(new Error(job.error ?? 'The export did not come to its end.'))
  } catch (problem) {
    toastProblem(problem)
  }
}

function saveFile(id: string): void {
  const link = document.createElement('a')
  link.href = jobFile(id)
  link.download = ''
  link.click()
}

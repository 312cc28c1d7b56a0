/**
 * Work beside the page: one worker, started when first asked or warmed, that answers in the order of the questions. A worker that
 * could not be loaded or died is started anew by the next question.
 */
export class Background<Ask, Answer> {
  readonly #start: () => Worker
  #worker: Worker | null = null
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void }[] = []

  constructor(start: () => Worker) {
    this.#start = start
  }

  /** Loads the worker, so that the first answer does not wait for that. */
  warm(): void {
    this.#worker ??= this.#listen(this.#start())
  }

  /** @throws when the worker cannot be loaded, or what it does fails */
  ask(ask: Ask): Promise<Answer> {
    this.warm()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker?.postMessage(ask)
    })
  }

  /** Ends the worker; what was asked is never answered. */
  close(): void {
    this.#worker?.terminate()
    this.#worker = null
    this.#waiting = []
  }

  #listen(worker: Worker): Worker {
    worker.onmessage = ({ data }: MessageEvent<Reply<Answer>>) => {
      const first = this.#waiting.shift()
      if ('failed' in data) first?.reject(new Error(data.failed))
      else first?.resolve(data.answer)
    }
    worker.onerror = (event) => {
      event.preventDefault()
      const waiting = this.#waiting
      this.close()
      for (const { reject } of waiting) reject(new Error(event.message || 'A part of the builder could not be loaded.'))
    }
    return worker
  }
}

type Reply<Answer> = { answer: Answer } | { failed: string }

/** In the worker: answers each question by a function. What it throws is thrown where it was asked. */
export function answer<Ask, Answer>(work: (ask: Ask) => Answer): void {
  self.onmessage = ({ data }: MessageEvent<Ask>) => {
    const reply = (): Reply<Answer> => {
      try {
        return { answer: work(data) }
      } catch (error) {
        return { failed: error instanceof Error ? error.message : String(error) }
      }
    }
    self.postMessage(reply())
  }
}

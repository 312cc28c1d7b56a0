import type { Channel, HandOver, PreparedMessage } from '../channels/channel.ts'
import type { RenderedMessage, RenderJob } from './compose.ts'
import type { Hours } from './hours.ts'
import { type CredentialSignal, putBack, settle } from './settle.ts'
import type { Intent, Settled, Verdict } from './turn-sql.ts'

/** A message with its rendered form, waiting for a free connection. */
export interface ReadyMessage {
  id: number
  fence: number
  attempt: number
  workspaceId: number
  campaignId: string
  /** The customer's address as it stood when it was rendered; '' when there was none. */
  address: string
  hours: Hours
  job: RenderJob | null
  rendered: RenderedMessage | null
}

/** What one transaction did: verdicts by message, and how many tokens were left for those that asked. */
export interface TurnResult {
  verdicts: Map<number, Verdict>
  /** How many of the intents, in order, were covered by the credential's limits. */
  granted: number
  waitMs: number
}

/** What a lane needs of the world; deliver.ts gives it. */
export interface LaneWork {
  /** Claims and renders up to `limit` messages; those that cannot be rendered come back settled. */
  refill(limit: number): Promise<{ ready: ReadyMessage[]; settled: Settled[] }>
  /** One transaction: writes results down, then intents for at most as many messages as there are free connections. */
  turn(settled: readonly Settled[], intents: readonly Intent[]): Promise<TurnResult>
  /** After a turn failed: whether its commit happened is not known, so intents are taken back where they were written. */
  undo(intents: readonly Intent[]): Promise<void>
  signal(signal: CredentialSignal, response: string, retryAfterMs: number): Promise<void>
  /** The limits are used up for longer than is worth waiting for here. */
  limited(waitMs: number): Promise<void>
  /** A pause that ends early when the lane is stopped. */
  sleep(ms: number): Promise<void>
  onError(error: unknown): void
}

/** Losing this many connections in a row, none accepting in between, is a server that is away. */
const lostInARow = 5
/** Policy refusals within ten minutes that stop a credential (TRUST §1.5). */
const policyRefusals = 20
const policyWindowMs = 600_000
/** Claimed and rendered ahead: a claim of twice as many costs little more. */
const readyPerConnection = 10
/**
 * While more than half of the connections are busy, a turn waits for more of them to come free, as long as the last one took and within
 * these bounds: ten messages cost nearly what one does, and where the database is slow, few and large turns keep up better.
 */
const [shortestGatherMs, longestGatherMs] = [10, 50]
/** A wait for tokens longer than this is left to the clock of the credential. */
const longestTokenWaitMs = 2_000

/**
 * One credential's work in this process, while it has any. States of a message here:
 *
 * `ready` (claimed and rendered) → a turn writes its intent → `handing` (in the provider's hands) → its result waits in `results` → the
 * next turn writes that down and intents for the connections that came free, in one transaction. So there are never more rows in
 * `handing` than connections, however the process ends.
 */
export class Lane {
  /** Set when something was queued meanwhile: look once more before ending. */
  again = false
  private ready: ReadyMessage[] = []
  private results: Settled[] = []
  private readonly inHand = new Map<number, ReadyMessage>()
  private refilling: Promise<void> | null = null
  private exhausted = false
  private held = false
  private stopping = false
  private lost = 0
  private policyAt: number[] = []
  private reported: boolean
  private width: number
  private signalling: Promise<void> = Promise.resolve()
  private readonly channel: Channel
  private readonly work: LaneWork
  private readonly leaseMs: number
  private wakeUp: () => void = () => {}

  constructor(options: {
    channel: Channel
    work: LaneWork
    leaseMs: number
    /** Connections to use; fewer than the channel has while a provider asks for less, one to find out whether it is back. */
    width: number
    /** Whether the credential is known to work: then success need not be written down. */
    healthy: boolean
  }) {
    this.channel = options.channel
    this.work = options.work
    this.leaseMs = options.leaseMs
    this.width = Math.max(1, Math.min(options.width, options.channel.connections))
    this.reported = options.healthy
  }

  /** Ids of everything in hand, for renewing their leases. */
  get holding(): number[] {
    return [...this.ready.map((one) => one.id), ...this.inHand.keys(), ...this.results.map((one) => one.id)]
  }

  /** Takes no new work; `run` ends when what the provider has is settled. */
  stop(): void {
    this.stopping = true
    this.wakeUp()
  }

  /** Works until nothing is due, the credential is held, or it is stopped. */
  async run(): Promise<void> {
    while (true) {
      this.startRefill()
      const closing = this.stopping || this.held
      if (closing) this.putReadyBack()
      const free = closing ? 0 : this.width - this.inHand.size
      const intents = this.takeIntents(free)
      if (this.results.length === 0 && intents.length === 0) {
        if (this.inHand.size === 0 && this.refilling === null && this.ready.length === 0) {
          if (closing || (this.exhausted && !this.again)) break
          if (this.exhausted) {
            this.again = false
            this.exhausted = false
          }
          continue
        }
        await this.somethingHappens()
        continue
      }
      const startedAt = performance.now()
      await this.turn(intents)
      await this.gather(performance.now() - startedAt)
    }
    await this.signalling
  }

  /** Lets connections come free, so that the next turn is for several of them; a slow server keeps nobody waiting for long. */
  private async gather(tookMs: number): Promise<void> {
    const until = performance.now() + Math.max(shortestGatherMs, Math.min(longestGatherMs, tookMs))
    const isBusy = () => this.inHand.size > this.width / 2 && !this.stopping && !this.held
    while (isBusy() && performance.now() < until) {
      const timer = setTimeout(() => this.wakeUp(), until - performance.now())
      await this.somethingHappens()
      clearTimeout(timer)
    }
  }

  private startRefill(): void {
    const target = Math.max(32, this.width * readyPerConnection)
    if (this.refilling || this.exhausted || this.stopping || this.held || this.ready.length > target / 2) return
    const limit = target - this.ready.length
    this.refilling = this.work
      .refill(limit)
      .then(({ ready, settled }) => {
        this.ready.push(...ready)
        this.results.push(...settled)
        this.exhausted = ready.length + settled.length === 0
      })
      .catch((error: unknown) => {
        this.work.onError(error)
        this.exhausted = true
      })
      .finally(() => {
        this.refilling = null
        this.wakeUp()
      })
  }

  /** As many sendable messages as there are free connections, and any number of those that will be passed over. */
  private takeIntents(free: number): ReadyMessage[] {
    if (this.stopping || this.held) return []
    const taken: ReadyMessage[] = []
    let sendable = 0
    this.ready = this.ready.filter((message) => {
      if (message.rendered !== null) {
        if (sendable >= free) return true
        sendable += 1
      }
      taken.push(message)
      return false
    })
    return taken
  }

  private async turn(messages: readonly ReadyMessage[]): Promise<void> {
    const settled = this.results.splice(0)
    const intents = messages.map(intentOf)
    const startedAt = performance.now()
    let result: TurnResult
    try {
      result = await this.work.turn(settled, intents)
    } catch (error) {
      this.work.onError(error)
      this.results.unshift(...settled)
      await this.recover(messages, intents)
      return
    }
    const { verdicts, granted, waitMs } = result
    // A process that stood still for most of a lease may have been given up by the others.
    const tooLate = performance.now() - startedAt > this.leaseMs / 2
    const waiting: ReadyMessage[] = []
    messages.forEach((message, index) => {
      if (index >= granted) waiting.push(message)
      else {
        const verdict = verdicts.get(message.id)
        if (verdict === 'go' && !tooLate) this.handOver(message)
        else if (verdict === 'go') this.results.push({ ...identity(message), settlement: putBack() })
        else if (verdict === 'hold' || verdict === 'stale') this.again = true
      }
    })
    if (waiting.length > 0) {
      this.ready.unshift(...waiting)
      await this.waitForTokens(waitMs)
    }
  }

  /** The database went away in the middle. Nothing of this turn was handed over; what is known is kept until it can be written. */
  private async recover(messages: readonly ReadyMessage[], intents: readonly Intent[]): Promise<void> {
    const until = performance.now() + this.leaseMs
    while (performance.now() < until && !this.stopping) {
      await this.work.sleep(500)
      try {
        await this.work.undo(intents)
        this.ready.unshift(...messages)
        return
      } catch (error) {
        this.work.onError(error)
      }
    }
    // Given up: claims run out by themselves, and intents that were committed are shown as unconfirmed, which is the truth.
    if (this.stopping) this.results = []
  }

  private async waitForTokens(waitMs: number): Promise<void> {
    if (waitMs <= longestTokenWaitMs) {
      await this.work.sleep(waitMs)
      return
    }
    this.held = true
    await this.work.limited(waitMs)
  }

  private handOver(message: ReadyMessage): void {
    this.inHand.set(message.id, message)
    const prepared = preparedOf(message)
    void this.channel.send(prepared).then((handOver) => {
      this.inHand.delete(message.id)
      const { settlement, signal } = settle(handOver, message.attempt + 1, Math.random())
      this.results.push({ ...identity(message), settlement })
      this.judge(signal, handOver)
      this.wakeUp()
    })
  }

  private judge(signal: CredentialSignal, handOver: HandOver): void {
    if (handOver.is === 'accepted') {
      this.lost = 0
      if (this.reported) return
      this.reported = true
      // It was one connection to find out; now it is known.
      this.width = this.channel.connections
      this.tell('fine', '')
      return
    }
    if (signal === 'fine') {
      this.lost = 0
      return
    }
    if (signal === 'lost') {
      this.lost += 1
      if (this.lost < lostInARow) return
    }
    if (signal === 'policy') {
      const now = performance.now()
      this.policyAt = [...this.policyAt.filter((at) => now - at < policyWindowMs), now]
      if (this.policyAt.length < policyRefusals) return
    }
    // Several connections meet the same fault; it is one.
    if (this.held) return
    this.held = true
    this.tell(signal, handOver.response, handOver.is === 'deferred' ? (handOver.retryAfterMs ?? 0) : 0)
  }

  private tell(signal: CredentialSignal, response: string, retryAfterMs = 0): void {
    this.signalling = this.signalling
      .then(() => this.work.signal(signal, response, retryAfterMs))
      .catch(this.work.onError)
  }

  private putReadyBack(): void {
    this.results.push(...this.ready.map((message) => ({ ...identity(message), settlement: putBack() })))
    this.ready = []
  }

  private somethingHappens(): Promise<void> {
    return new Promise((resolve) => {
      this.wakeUp = () => {
        this.wakeUp = () => {}
        resolve()
      }
    })
  }
}

const identity = ({ id, fence }: ReadyMessage) => ({ id, fence })

function intentOf({ id, fence, campaignId, address, hours, job, rendered }: ReadyMessage): Intent {
  const content =
    rendered === null || job === null
      ? null
      : {
          headerId: job.headerId,
          from: rendered.fromHeader,
          subject: rendered.subject,
          html: rendered.html,
          text: rendered.text,
          links: rendered.links,
        }
  return { id, fence, campaignId, address, hours, content }
}

function preparedOf({ id, fence, workspaceId, address, job, rendered }: ReadyMessage): PreparedMessage {
  if (job === null || rendered === null) throw new Error('A message without content cannot be handed over.')
  return {
    messageId: id,
    workspaceId,
    fence,
    headerId: job.headerId,
    envelopeFrom: job.from.address,
    envelopeTo: job.to,
    fromHeader: rendered.fromHeader,
    toAddress: address,
    subject: rendered.subject,
    html: rendered.html,
    text: rendered.text,
    headers: job.headers,
    raw: rendered.raw,
  }
}

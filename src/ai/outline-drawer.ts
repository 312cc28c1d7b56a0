import type { Catalogue, GraphNode } from '../workflow/graph.ts'
import { waitTitle } from './outline-actions.ts'
import type { MessageAction } from './outline-message.ts'
import type { Op, UnreadLine } from './outline-read.ts'
import { type Open, Sketch } from './sketch.ts'
import type { Outcome } from './words.ts'
import type { Workspace } from './workspace.ts'

const outcomeTitles: Record<Outcome, string> = {
  replied: 'They reply',
  clicked: 'They click',
  opened: 'They open it',
  bounced: 'It bounces',
  unsubscribed: 'They unsubscribe',
}

/** The condition that an “otherwise” belongs to. */
interface Condition {
  /** The way that the condition did not take. */
  other: Open
  /** Whoever goes that way goes no further than what is said for them. */
  stops: boolean
}

/** Draws what an outline says, step by step, onto its sketch; what cannot be drawn is added to `unread`. */
export class Drawer {
  readonly sketch: Sketch
  readonly notes: string[] = []
  readonly #catalogue: Catalogue
  readonly #known: Workspace
  readonly #unread: UnreadLine[]
  #lastMessage: GraphNode | null = null
  #condition: Condition | null = null
  /** Replies that nothing was said about yet: they go where the next “if they reply” goes, else out. */
  #replies: Open[] = []
  #day: number | null = null
  #split: { node: GraphNode; rule: boolean } | null = null

  constructor(catalogue: Catalogue, known: Workspace, unread: UnreadLine[]) {
    this.#catalogue = catalogue
    this.#known = known
    this.#unread = unread
    this.sketch = new Sketch(catalogue)
    this.sketch.add('trigger', 'Start', { type: 'manual' })
  }

  draw(ops: readonly Op[]): void {
    for (const op of ops) {
      if (op.do !== 'otherwise' && !(op.do === 'where' && this.#split)) {
        this.#condition = null
        this.#split = null
      }
      this.#one(op)
    }
  }

  #one(op: Op): void {
    switch (op.do) {
      case 'wait':
        if (op.ms > 0) this.#wait(op.ms)
        return
      case 'wait-until':
        this.sketch.add('wait', `Wait until ${op.time}`, {
          waitType: 'until-time',
          time: op.time,
          ...(op.weekdays && { weekdays: op.weekdays }),
        })
        return
      case 'day': {
        const days = op.day - (this.#day ?? (op.day === 0 ? 0 : 1))
        if (days > 0) this.#wait(days * 86_400_000)
        this.#day = op.day
        return
      }
      case 'message':
        this.#message(op)
        return
      case 'step':
        this.#step(op)
        return
      case 'if':
        this.#if(op)
        return
      case 'event':
        this.#event(op)
        return
      case 'where':
        this.#where(op)
        return
      case 'otherwise':
        this.#otherwise(op)
        return
      case 'split':
        this.#splitUp(op)
        return
      default:
        return
    }
  }

  #wait(ms: number): void {
    this.sketch.add('wait', waitTitle(ms), { waitType: 'duration', durationMs: ms })
  }

  #miss(line: number, text: string, reason: string): void {
    this.#unread.push({ line, text, reason })
  }

  #message(op: MessageAction & { line: number }): void {
    const { sketch } = this
    const number = sketch.nodes.filter(({ type }) => this.#catalogue[type]?.sends).length + 1
    if (op.channel === 'email') {
      const title = op.title === '' ? `Email ${number}` : op.title
      this.#lastMessage = sketch.add('email-send', title, {
        ...this.#sender('email'),
        ...(op.templateName !== null && { templateName: op.templateName }),
        ...(op.templateName === null && { subject: op.subject ?? '', body: '' }),
      })
      return
    }
    if (sketch.has('send-step')) {
      const title = op.title === '' ? `${op.channel === 'telegram' ? 'Telegram' : 'LinkedIn'} ${number}` : op.title
      this.#lastMessage = sketch.add('send-step', title, {
        channel: op.channel,
        ...this.#sender(op.channel),
        ...(op.templateName !== null ? { templateName: op.templateName } : { body: '' }),
      })
      return
    }
    if (op.channel === 'linkedin') {
      this.notes.push('A step on LinkedIn is done by hand: it was made a task.')
      const title = op.title === '' ? 'Write to them on LinkedIn' : op.title
      sketch.add('create-task', title, { title })
      return
    }
    this.#miss(op.line, op.title || 'Telegram', 'There is no step for Telegram in this version.')
  }

  /** The only sender of a channel; else one is to be chosen. The built-in sandbox stands in only where there is no other. */
  #sender(channel: string): { credentialId?: string } {
    const fit = this.#known.credentials.filter(({ channels }) => channels.includes(channel))
    const real = fit.filter(({ channels }) => channels.length === 1)
    const only = real.length > 0 ? real : fit
    return only.length === 1 && only[0] ? { credentialId: only[0].id } : {}
  }

  #step(op: Extract<Op, { do: 'step' }>): void {
    if (!this.sketch.has(op.type)) {
      this.#miss(op.line, op.title, 'There is no such step in this version.')
      return
    }
    if (op.note !== undefined) this.notes.push(op.note)
    const type = this.#catalogue[op.type]
    const node =
      type?.entry === 'event'
        ? this.sketch.listen(op.type, op.title, op.config)
        : this.sketch.add(op.type, op.title, op.config)
    for (const [field, name] of Object.entries(op.wanted ?? {})) this.sketch.wanted.set(`${node.id} ${field}`, name)
  }

  /** Draws steps behind some ways and answers the ways that are open after them; the main line stays as it was. */
  #aside(ops: readonly Op[], from: readonly Open[]): Open[] {
    const { sketch } = this
    const main = sketch.open
    const message = this.#lastMessage
    const condition = this.#condition
    sketch.open = [...from]
    this.draw(ops)
    const ends = sketch.open
    sketch.open = main
    this.#lastMessage = message
    this.#condition = condition
    return ends
  }

  #if(op: Extract<Op, { do: 'if' }>): void {
    const { sketch } = this
    const message = this.#lastMessage
    const isEdge = op.outcome !== 'unsubscribed' && !op.anyPoint && message !== null
    if (!isEdge || message === null) {
      if (op.negated) {
        this.#miss(op.line, `If not ${op.outcome}`, 'There is no message before it that this could be about.')
        return
      }
      this.#listener(op.outcome, outcomeTitles[op.outcome], op.steps)
      return
    }
    if (!this.#canLeaveBy(message, op.outcome)) {
      const said = outcomeTitles[op.outcome].toLowerCase()
      this.#miss(op.line, outcomeTitles[op.outcome], `A step on this channel cannot tell whether ${said}.`)
      return
    }
    this.#foldWait(message, op.withinMs)
    const label = op.outcome
    const onward = sketch.open
    if (op.negated) {
      const way = { source: message.id, when: label }
      const isReply = label === 'replied' || label === 'bounced'
      if (isReply) this.#replies.push(way)
      this.draw(op.steps)
      if (!isReply) sketch.open = [...sketch.open, way]
      this.#condition = { other: way, stops: isReply }
      return
    }
    const from = [{ source: message.id, when: label }]
    const waiting = label === 'replied' ? this.#replies.splice(0) : []
    const already = sketch.leaves(message.id, label)
    if (already) {
      this.#miss(op.line, outcomeTitles[label], 'The message has a way for this already.')
      return
    }
    const ends = this.#aside(op.steps, [...from, ...waiting])
    sketch.open = onward
    const other = onward.find((way) => way.source === message.id && way.when === null)
    // Whoever replied is not written to as if nothing had happened.
    if (label !== 'replied' && label !== 'bounced') sketch.open = [...onward, ...ends]
    else if (ends.length > 0)
      this.notes.push(
        `Whoever ${label === 'replied' ? 'replies' : 'cannot be reached'} goes no further than what is said for it.`,
      )
    this.#condition = other ? { other, stops: false } : null
  }

  #canLeaveBy({ type, config }: GraphNode, label: string): boolean {
    const when = this.#catalogue[type]?.when ?? []
    if (Array.isArray(when)) return when.includes(label)
    return 'by' in when && (when.of[String(config[when.by])] ?? []).includes(label)
  }

  /** A wait that stands alone between a message and what is asked about it is the time that the answer has. */
  #foldWait(message: GraphNode, withinMs: number | null): void {
    const { sketch } = this
    const [last] = sketch.open
    const wait = sketch.nodes.at(-1)
    const ms = wait?.config.durationMs
    const alone = sketch.open.length === 1 && wait && last?.source === wait.id && typeof ms === 'number'
    const way = alone ? sketch.wayInto(wait) : null
    if (wait && way?.source === message.id && way.when === null) {
      sketch.takeBack(wait)
      message.config = { ...message.config, replyTimeoutMs: withinMs ?? ms }
    } else if (withinMs !== null) message.config = { ...message.config, replyTimeoutMs: withinMs }
  }

  #listener(event: string, title: string, steps: readonly Op[]): void {
    const { sketch } = this
    const known = sketch.nodes.find(({ type, config }) => type === 'at-any-point' && config.event === event)
    if (known && sketch.edges.some(({ source }) => source === known.id)) {
      this.notes.push(`“${title}” is said twice; the first was taken.`)
      return
    }
    const node = sketch.listen('at-any-point', title, { event })
    const split = this.#split
    this.#aside(steps, [{ source: node.id, when: null }])
    this.#split = split
  }

  #event(op: Extract<Op, { do: 'event' }>): void {
    const { sketch } = this
    if (op.anyPoint || op.withinMs === null) {
      this.#listener(op.event, `${op.event} happens`, op.steps)
      return
    }
    const node = sketch.add('wait-for-event', `Wait for ${op.event}`, { event: op.event, timeoutMs: op.withinMs })
    const ends = this.#aside(op.steps, [{ source: node.id, when: 'event' }])
    const other = { source: node.id, when: 'timeout' }
    sketch.open = [other, ...ends]
    this.#condition = { other, stops: false }
  }

  #where(op: Extract<Op, { do: 'where' }>): void {
    const { sketch } = this
    const branch = { id: slug(op.label), label: op.label }
    const rest = { id: 'rest', label: 'Everyone else', default: true }
    const split = sketch.add(
      'conditional-split',
      `Split by ${op.rule.input.replace(/^customer\.(attributes\.)?/, '')}`,
      { branches: [branch, rest] },
    )
    const path = sketch.add('path', op.label, { rules: [op.rule], match: 'all' }, [
      { source: split.id, when: branch.id },
    ])
    const ends = this.#aside(op.steps, [{ source: path.id, when: null }])
    const others = sketch.add('path', rest.label, { rules: [], match: 'all' }, [{ source: split.id, when: rest.id }])
    const other = { source: others.id, when: null }
    sketch.open = [other, ...ends]
    this.#condition = { other, stops: false }
  }

  #otherwise(op: Extract<Op, { do: 'otherwise' }>): void {
    const { sketch } = this
    const condition = this.#condition
    this.#condition = null
    if (!condition) {
      this.#miss(op.line, 'Otherwise', 'There is no condition before it.')
      return
    }
    const { other, stops } = condition
    const same = (way: Open) => way.source === other.source && way.when === other.when
    this.#replies = this.#replies.filter((way) => !same(way))
    const beside = sketch.open.filter((way) => !same(way))
    if (stops) {
      this.#aside(op.steps, [other])
      return
    }
    // The main line goes on behind what is said for the others.
    sketch.open = [other]
    this.draw(op.steps)
    sketch.open = [...sketch.open, ...beside]
  }

  #splitUp(op: Extract<Op, { do: 'split' }>): void {
    const { sketch } = this
    const branches = op.branches.map(({ label, weight }) => ({ id: slug(label), label, weight }))
    const node = sketch.add('random-split', `Split ${branches.map(({ weight }) => weight).join('/')}`, { branches })
    const ends = op.branches.flatMap((branch, index) =>
      this.#aside(branch.steps, [{ source: node.id, when: branches[index]?.id ?? '' }]),
    )
    sketch.open = ends
    this.#lastMessage = null
  }

  /** Replies that were told apart and for which nothing was said: they leave, unless a listener takes them. */
  finish(): void {
    const { sketch } = this
    if (this.#replies.length === 0) return
    const listener = sketch.nodes.find(({ type, config }) => type === 'at-any-point' && config.event === 'replied')
    const target = sketch.edges.find(({ source }) => source === listener?.id)?.target
    if (target !== undefined) {
      // Where a window is open the reply needs an edge of its own, or nobody would wait for it.
      for (const { source, when } of this.#replies) sketch.join(source, target, when)
      return
    }
    this.notes.push('Whoever replies leaves: the outline says nothing else for them.')
    sketch.add('exit', 'They replied', {}, this.#replies)
  }
}

const slug = (label: string): string =>
  label
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60) || 'a'

/** The longest that a batch should hold its campaign's lock, in ms: whoever moves the campaign waits for the batches in hand. */
const targetMs = 400

/**
 * How many rows one batch takes on, so that it lasts no longer than about `targetMs` however busy the machine is: a pause answers after
 * the batches in hand, and with many workers on few cores a full one takes seconds.
 */
export class Pace {
  size: number
  private readonly most: number
  private readonly least: number

  constructor({ most, least }: { most: number; least: number }) {
    this.size = most
    this.most = most
    this.least = Math.min(least, most)
  }

  /** A batch of so many rows took so long, in ms. One that was far from full says nothing. */
  took(rows: number, ms: number): void {
    if (rows < this.size / 2) return
    // It grows by no more than half at once: one quick batch may have been luck.
    const next = Math.min(rows * (targetMs / Math.max(1, ms)), this.size * 1.5)
    this.size = Math.round(Math.max(this.least, Math.min(this.most, next)))
  }
}

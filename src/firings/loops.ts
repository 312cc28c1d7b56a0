import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { createClosing } from '../runs/close-archived.ts'
import { enrollPace, firePass } from './fire.ts'
import { createReacting } from './react.ts'

/** The loops that enroll, and the one that closes what an archived campaign left open (ENGINE, loops 4 and 5). */
export function createFiringLoops(app: App): Loop[] {
  const pace = enrollPace()
  return [{ name: 'fire', concurrency: 2, pass: () => firePass(app, pace) }, createReacting(app), createClosing(app)]
}

import type { App } from '../app.ts'
import type { Loop } from '../engine/scheduler.ts'
import { firePass } from './fire.ts'

/** The loops that enroll (ENGINE, loop 4). */
export const createFiringLoops = (app: App): Loop[] => [{ name: 'fire', concurrency: 2, pass: () => firePass(app) }]

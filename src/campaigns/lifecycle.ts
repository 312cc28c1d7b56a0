import { Problem } from '../errors.ts'

/**
 * A campaign's life (PRODUCT §2):
 *   draft      nobody is inside; its graph may be anything
 *   active     enrolls, and moves who is inside
 *   paused     enrolls nobody; everyone inside is frozen where they stand
 *   completed  enrolls nobody; who is inside goes on to the end
 *   archived   for good: who was inside counts as canceled, everything is read-only
 */
export const statuses = ['draft', 'active', 'paused', 'completed', 'archived'] as const
export type Status = (typeof statuses)[number]

/** Each move: from which states, and where to. Any other is refused. */
export const moves = {
  activate: { from: ['draft'], to: 'active', done: 'activated' },
  pause: { from: ['active'], to: 'paused', done: 'paused' },
  resume: { from: ['paused'], to: 'active', done: 'resumed' },
  complete: { from: ['active', 'paused'], to: 'completed', done: 'completed' },
  reopen: { from: ['completed'], to: 'active', done: 'reopened' },
  archive: { from: ['draft', 'active', 'paused', 'completed'], to: 'archived', done: 'archived' },
} as const satisfies Record<string, { from: readonly Status[]; to: Status; done: string }>
export type Move = keyof typeof moves

/** What else depends on the state. */
const possibleIn = {
  delete: ['draft'],
  run: ['active'],
  enroll: ['active'],
  change: ['draft', 'active', 'paused', 'completed'],
  publish: ['active', 'paused', 'completed'],
} as const satisfies Record<string, readonly Status[]>
export type Deed = keyof typeof possibleIn

/** What a campaign in this state can be told, in the words of the API's paths. */
const movesFrom = (status: Status): string[] => [
  ...(Object.keys(moves) as Move[]).filter((move) => includes(moves[move].from, status)),
  ...(status === 'draft' ? ['delete'] : []),
  ...(includes(possibleIn.publish, status) ? ['publish'] : []),
  'duplicate',
]

/** Where the move leads. @throws Problem `wrong_state` with the state and what is allowed in it */
export function destination(status: Status, move: Move): Status {
  const { from, to } = moves[move]
  if (!includes(from, status)) throw wrongState(status, move)
  return to
}

/** @throws Problem `wrong_state` when the campaign's state does not allow it */
export function requireState(status: Status, deed: Deed): void {
  if (!includes(possibleIn[deed], status)) throw wrongState(status, deed)
}

const words: Record<Move | Deed, string> = {
  activate: 'be activated',
  pause: 'be paused',
  resume: 'be resumed',
  complete: 'be completed',
  reopen: 'be reopened',
  archive: 'be archived',
  delete: 'be deleted, only a draft that never ran can',
  run: 'enroll anybody, only an active one does',
  enroll: 'enroll anybody, only an active one does',
  publish: 'publish changes; a draft is published by activating it',
  change: 'be changed, an archived campaign is read-only',
}

function wrongState(status: Status, deed: Move | Deed): Problem {
  const allowed = movesFrom(status)
  return new Problem(
    'wrong_state',
    `The campaign is ${status} and cannot ${words[deed]}. Possible now: ${allowed.join(', ')}.`,
    { extra: { state: status, allowed } },
  )
}

const includes = (list: readonly Status[], status: Status): boolean => list.includes(status)

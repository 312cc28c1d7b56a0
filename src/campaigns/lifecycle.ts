import { Problem } from '../errors.ts'
import type { Role } from '../http/access.ts'

/**
 * A campaign's life (PRODUCT §2):
 *   draft      nobody is inside; its graph may be anything
 *   active     enrolls, and moves who is inside
 *   paused     enrolls nobody; everyone inside is frozen where they stand
 *   completed  enrolls nobody; who is inside goes on to the end
 *   archived   for good: who was inside counts as canceled, everything is read-only
 * What each status means for new customers and for those inside is in `meanings`; what can be asked in it, and by whom, in `actions`.
 */
export const statuses = ['draft', 'active', 'paused', 'completed', 'archived'] as const
export type Status = (typeof statuses)[number]

/** What a status does with customers who come, and with those who are inside. */
export const meanings: Readonly<Record<Status, { enrolls: string; inside: string }>> = {
  draft: { enrolls: 'nobody', inside: 'there is nobody' },
  active: { enrolls: 'whoever its triggers or a person name', inside: 'keep moving' },
  paused: { enrolls: 'nobody', inside: 'are frozen at their step: no step runs, nothing is sent, nobody is lost' },
  completed: { enrolls: 'nobody', inside: 'go on to the end of the workflow' },
  archived: { enrolls: 'nobody', inside: 'stopped when it was archived (`canceled`, reason `archived`)' },
}

interface Action {
  /** The statuses in which it is done; in all others it is refused with `wrong_state`. */
  from: readonly Status[]
  /** The status that it leads to, for moves. */
  to?: Status
  /** The lowest role that may ask for it; below it the answer is `forbidden`, whatever the status. */
  least: Role
  /** How history and the audit log call a move. */
  done?: string
  /** Ends “The campaign is paused and cannot …”. */
  cannot: string
  /** The requests that ask for it, each with the name that a person knows it by. */
  asked: Readonly<Record<string, string>>
}

const notArchived = ['draft', 'active', 'paused', 'completed'] as const

/** Everything that can be asked of a campaign: the one table that the program, its tests and docs/lifecycle.md follow. */
export const actions = {
  activate: {
    from: ['draft'],
    to: 'active',
    least: 'member',
    done: 'activated',
    cannot: 'be activated',
    asked: { 'POST /campaigns/:id/activate': 'Activate' },
  },
  pause: {
    from: ['active'],
    to: 'paused',
    least: 'member',
    done: 'paused',
    cannot: 'be paused',
    asked: { 'POST /campaigns/:id/pause': 'Pause' },
  },
  resume: {
    from: ['paused'],
    to: 'active',
    least: 'member',
    done: 'resumed',
    cannot: 'be resumed',
    asked: { 'POST /campaigns/:id/resume': 'Resume' },
  },
  complete: {
    from: ['active', 'paused'],
    to: 'completed',
    least: 'member',
    done: 'completed',
    cannot: 'be completed',
    asked: { 'POST /campaigns/:id/complete': 'Complete' },
  },
  reopen: {
    from: ['completed'],
    to: 'active',
    least: 'member',
    done: 'reopened',
    cannot: 'be reopened',
    asked: { 'POST /campaigns/:id/reopen': 'Reopen' },
  },
  archive: {
    from: notArchived,
    to: 'archived',
    least: 'member',
    done: 'archived',
    cannot: 'be archived',
    asked: { 'POST /campaigns/:id/archive': 'Archive' },
  },
  delete: {
    from: ['draft'],
    least: 'member',
    cannot: 'be deleted, only a draft that never ran can',
    asked: { 'DELETE /campaigns/:id': 'Delete' },
  },
  run: {
    from: ['active'],
    least: 'member',
    cannot: 'enroll anybody, only an active one does',
    asked: { 'POST /campaigns/:id/run': 'Run now' },
  },
  enroll: {
    from: ['active'],
    least: 'member',
    cannot: 'enroll anybody, only an active one does',
    asked: {
      'POST /campaigns/:id/enroll': 'Enroll chosen customers',
      'POST /triggers/:id/test': 'Fire a trigger for one customer',
    },
  },
  're-enroll': {
    from: ['active'],
    least: 'admin',
    cannot: 'enroll anybody, only an active one does',
    asked: { 'POST /campaigns/:id/re-enroll': 'Re-enroll' },
  },
  publish: {
    from: ['active', 'paused', 'completed'],
    least: 'member',
    cannot: 'publish changes; a draft is published by activating it',
    asked: { 'POST /campaigns/:id/workflow/publish': 'Publish changes' },
  },
  change: {
    from: notArchived,
    least: 'member',
    cannot: 'be changed, an archived campaign is read-only',
    asked: {
      'PATCH /campaigns/:id': 'Edit fields and audience',
      'PUT /campaigns/:id/workflow': 'Edit the workflow',
      'POST /campaigns/:id/workflow/layout': 'Move steps on the canvas',
      'PUT /campaigns/:id/products': 'Link products',
      'POST /campaigns/:id/triggers': 'Add a trigger',
      'PATCH /triggers/:id': 'Edit or switch a trigger',
      'POST /triggers/:id/rotate-secret': 'Renew a trigger’s secret',
      'DELETE /triggers/:id': 'Delete a trigger',
      'POST /campaigns/:id/runs/retry': 'Retry customers at an error',
      'POST /campaigns/:id/runs/skip': 'Let them skip the step',
      'POST /campaigns/:id/runs/exit': 'End them as failed',
    },
  },
  duplicate: {
    from: statuses,
    least: 'member',
    cannot: 'be duplicated',
    asked: { 'POST /campaigns/:id/duplicate': 'Duplicate' },
  },
} as const satisfies Record<string, Action>

/** Something that can be asked of a campaign. */
export type Deed = keyof typeof actions
/** One that changes its status. */
export type Move = { [D in Deed]: (typeof actions)[D] extends { to: Status } ? D : never }[Deed]

/** What a campaign in this state can be told, in the words of the API's paths. */
const possibleIn = (status: Status): Deed[] =>
  (Object.keys(actions) as Deed[]).filter((deed) => includes(actions[deed].from, status))

/** Where the move leads. @throws Problem `wrong_state` with the state and what is allowed in it */
export function destination(status: Status, move: Move): Status {
  requireState(status, move)
  return actions[move].to
}

/** @throws Problem `wrong_state` when the campaign's state does not allow it */
export function requireState(status: Status, deed: Deed): void {
  if (!includes(actions[deed].from, status)) throw wrongState(status, deed)
}

/** The refusal of something that the campaign's state does not allow, with the state and what is allowed in it. */
export function wrongState(status: Status, deed: Deed): Problem {
  const allowed = possibleIn(status)
  return new Problem(
    'wrong_state',
    `The campaign is ${status} and cannot ${actions[deed].cannot}. Possible now: ${allowed.join(', ')}.`,
    { extra: { state: status, allowed } },
  )
}

const includes = (list: readonly Status[], status: Status): boolean => list.includes(status)

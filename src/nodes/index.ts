// Written by src/catalogue/generate.ts: npm run generate.
import type { AnyNode } from '../engine/define-node.ts'
import atAnyPoint from './builtin/at-any-point.ts'
import conditionalSplit from './builtin/conditional-split.ts'
import exit from './builtin/exit.ts'
import exitCooldown from './builtin/exit-cooldown.ts'
import exitHandoff from './builtin/exit-handoff.ts'
import exitSuppress from './builtin/exit-suppress.ts'
import goal from './builtin/goal.ts'
import path from './builtin/path.ts'
import randomSplit from './builtin/random-split.ts'
import trigger from './builtin/trigger.ts'
import wait from './builtin/wait.ts'
import waitForEvent from './builtin/wait-for-event.ts'
import addTag from './contact/add-tag.ts'
import addToSegment from './contact/add-to-segment.ts'
import adjustScore from './contact/adjust-score.ts'
import assignOwner from './contact/assign-owner.ts'
import createTask from './contact/create-task.ts'
import removeFromSegment from './contact/remove-from-segment.ts'
import removeTag from './contact/remove-tag.ts'
import updateCustomer from './contact/update-customer.ts'
import emailSend from './messaging/email-send.ts'
import httpRequest from './messaging/http-request.ts'
import sendStep from './messaging/send-step.ts'

/** Every node type, by its name. */
export const nodes: Readonly<Record<string, AnyNode>> = {
  'at-any-point': atAnyPoint,
  'conditional-split': conditionalSplit,
  exit,
  'exit-cooldown': exitCooldown,
  'exit-handoff': exitHandoff,
  'exit-suppress': exitSuppress,
  goal,
  path,
  'random-split': randomSplit,
  trigger,
  wait,
  'wait-for-event': waitForEvent,
  'add-tag': addTag,
  'add-to-segment': addToSegment,
  'adjust-score': adjustScore,
  'assign-owner': assignOwner,
  'create-task': createTask,
  'remove-from-segment': removeFromSegment,
  'remove-tag': removeTag,
  'update-customer': updateCustomer,
  'email-send': emailSend,
  'http-request': httpRequest,
  'send-step': sendStep,
}

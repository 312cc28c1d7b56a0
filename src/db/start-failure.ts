/**
 * Thrown when the program cannot start (or a command cannot run) for a reason its operator can mend: the message is one
 * complete line for them, with the fix in it, and is printed without a stack.
 */
export class StartFailure extends Error {
  readonly code = 'start_failed'
  override readonly name = 'StartFailure'
}

/**
 * Has the surfaces on which texts are written read where the cursor is, before a key acts there. Browsers tell of a cursor that a key has moved
 * only some time later; on a busy page Enter right after End would otherwise act where the cursor was before. For `handleDOMEvents.keydown`.
 */
export function readCursor(): false {
  document.dispatchEvent(new Event('selectionchange'))
  return false
}

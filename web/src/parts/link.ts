/** An address of the app as the router's links take it: path and search apart. The search is not in the type, which the router would tie to one route. */
export function linkTo(address: string): { to: string } {
  const [path = '/', query = ''] = address.split('?')
  const link = { to: path, search: Object.fromEntries(new URLSearchParams(query)) }
  return link
}

/** Whether a click asks for no more than what it is on: another button or a key beside it asks for a tab or a window of its own. */
export const isPlainClick = (event: {
  button: number
  ctrlKey: boolean
  metaKey: boolean
  shiftKey: boolean
  altKey: boolean
}): boolean => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

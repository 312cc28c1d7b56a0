/** An address of the app as the router's links take it: path and search apart. */
export function linkTo(address: string): { to: string; search: Record<string, string> } {
  const [path = '/', query = ''] = address.split('?')
  return { to: path, search: Object.fromEntries(new URLSearchParams(query)) }
}

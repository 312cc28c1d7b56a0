/** An address of the app as the router's links take it: path and search apart. The search is not in the type, which the router would tie to one route. */
export function linkTo(address: string): { to: string } {
  const [path = '/', query = ''] = address.split('?')
  const link = { to: path, search: Object.fromEntries(new URLSearchParams(query)) }
  return link
}

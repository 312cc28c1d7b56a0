/** What a list is sorted by, by a column's name or with `-` the other way round. */
type Sort<Name extends string> = Name | `-${Name}`

/** What an address says to sort by, as a list's query; nothing where it says nothing, or what the list does not know. */
export function sortIn<Name extends string>(given: string | undefined, names: readonly Name[]): { sort?: Sort<Name> } {
  const known = names.some((name) => given === name || given === `-${name}`)
  return known ? { sort: given as Sort<Name> } : {}
}

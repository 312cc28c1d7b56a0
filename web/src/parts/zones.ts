/** The time zones that this browser knows, and the one that is set should it be another. */
export function zonesWith(current: string | null): string[] {
  const known = Intl.supportedValuesOf('timeZone')
  return current === null || known.includes(current) ? known : [current, ...known]
}

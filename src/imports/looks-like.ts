/** What the values of a column look like, as a hint beside them: nothing is read otherwise for it. */
export function looksLike(
  values: readonly string[],
): 'text' | 'number' | 'date' | 'yes or no' | 'email' | 'link' | 'empty' {
  if (values.length === 0) return 'empty'
  const all = (pattern: RegExp) => values.every((value) => pattern.test(value))
  if (all(/^[^\s@]+@[^\s@]+\.[^\s@]+$/)) return 'email'
  if (all(/^https?:\/\/\S+$/i)) return 'link'
  if (all(/^(yes|no|true|false|y|n)$/i)) return 'yes or no'
  if (all(/^-?(\d+|\d{1,3}([ ,.']\d{3})+)([.,]\d+)?\s?%?$/)) return 'number'
  if (all(/^(\d{4}-\d{2}-\d{2}([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4})$/)) return 'date'
  return 'text'
}

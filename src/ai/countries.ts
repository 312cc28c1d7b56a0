let codes: Map<string, string> | undefined

/** The ISO 3166 code of a country by its name in one of the reader's languages, or of the code itself; null when it is neither. */
export function countryCode(name: string): string | null {
  codes ??= allCodes()
  const word = name.trim().toLowerCase()
  return codes.get(word) ?? null
}

function allCodes(): Map<string, string> {
  const found = new Map<string, string>()
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index))
  for (const language of ['en', 'de', 'es', 'vi']) {
    const names = new Intl.DisplayNames([language], { type: 'region', fallback: 'none' })
    for (const first of letters) {
      for (const second of letters) {
        const code = first + second
        const name = names.of(code)
        if (name === undefined) continue
        found.set(name.toLowerCase(), code)
        found.set(code.toLowerCase(), code)
      }
    }
  }
  return found.set('usa', 'US').set('uk', 'GB').set('england', 'GB')
}

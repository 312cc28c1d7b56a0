const key = 'throughline-recent-steps'
const kept = 4

/** The types of step that were added last on this device, the latest first. */
export function recentSteps(): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Notes that a type was added. */
export function noteRecentStep(type: string): void {
  try {
    localStorage.setItem(key, JSON.stringify([type, ...recentSteps().filter((one) => one !== type)].slice(0, kept)))
  } catch {
    // A browser that keeps nothing offers no recent steps.
  }
}

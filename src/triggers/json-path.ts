import { JSONPathEnvironment, type JSONPathQuery, type JSONValue } from 'json-p3'

/**
 * JSONPath as RFC 9535 has it, without its functions: a path compares and selects, and nothing in it can run. Members write the path
 * and others the document, so what a path may cost is bounded, too.
 */
const environment = new JSONPathEnvironment({ maxRecursionDepth: 100 })
environment.functionRegister.clear()

const maxLength = 500
const compiled = new Map<string, JSONPathQuery>()

/** What is wrong with a path; `null` = nothing. */
export function pathFault(path: string): { code: string; message: string } | null {
  const fault = (message: string) => ({ code: 'invalid_json_path', message })
  if (path.trim() === '') return fault('Say where it is in the body, as in $.customer.email.')
  if (path.length > maxLength) return fault(`A path has at most ${maxLength} characters.`)
  if (!path.startsWith('$')) return fault(`A JSONPath begins with “$”, the whole body: $.${path.slice(0, 60)}`)
  // What stands in quotes is a name, however it looks.
  const bare = path.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "''")
  if (/[\w$)]\s*\(/.test(bare) || /\[\s*\(/.test(bare)) {
    return fault(
      'Scripts and functions are not run here. Name the field, as in $.customer.email, or compare, as in $.contacts[?@.primary == true].email.',
    )
  }
  if (bare.split('..').length > 2)
    return fault('Use “..” at most once: searching the whole body again and again is slow.')
  if (bare.split('?').length > 2) return fault('Use at most one filter (“?”).')
  if (bare.split(/\*|:/).length > 4) return fault('Use at most three of “*” and “:”.')
  try {
    open(path)
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/ \('.*$/s, '') : String(error)
    return fault(`This is no JSONPath (RFC 9535): ${reason}.`)
  }
}

/** What is wrong with a path that is to name one place: fields and positions alone, so that fifty of them cost nothing. */
export function placeFault(path: string): { code: string; message: string } | null {
  const fault = pathFault(path)
  if (fault !== null || open(path).singularQuery()) return fault
  return {
    code: 'invalid_json_path',
    message: 'Name one place, as in $.person.first or $.lines[0].sku, without “*”, “..”, “:” and “?”.',
  }
}

function open(path: string): JSONPathQuery {
  let query = compiled.get(path)
  if (!query) {
    query = environment.compile(path)
    if (compiled.size > 1_000) compiled.clear()
    compiled.set(path, query)
  }
  return query
}

/** The first value that a path finds; undefined when there is none. */
export const valueAt = (path: string, body: unknown): unknown => {
  for (const node of open(path).lazyQuery(body as JSONValue)) return node.value
  return undefined
}

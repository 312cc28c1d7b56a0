import { readFile, stat } from 'node:fs/promises'
import { largestFile } from '../campaign-files/read.ts'
import { Problem } from '../errors.ts'
import type { GraphProblem } from '../workflow/graph.ts'

/** Reads a file that a command was given. @throws Problem `not_found` or `too_large` with one clear line */
export async function readText(file: string): Promise<string> {
  const found = await stat(file).catch((cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Problem('not_found', `The file ${file} cannot be read: ${reason}`, { cause })
  })
  if (!found.isFile()) throw new Problem('invalid', `${file} is not a file.`)
  if (found.size > largestFile) throw new Problem('too_large', `${file} is larger than ${largestFile} bytes.`)
  return await readFile(file, 'utf8')
}

/** A problem of a graph as one line: where, what, and what to do. */
export function problemLine({ severity, code, nodeId, edgeId, field, message, fix }: GraphProblem): string {
  const where = [nodeId ?? edgeId ?? 'the workflow', ...(field ? [field] : [])].join('.')
  return `  ${severity} ${code} at ${where}: ${message}${fix ? ` ${fix}` : ''}`
}

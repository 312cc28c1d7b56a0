import { fileFault } from './csv-source.ts'

/** Headers of a part; more is no form that a program sends. */
const maxHead = 16_384

/** The boundary of a `multipart/form-data` content type (RFC 7578), or null for any other type. */
export function boundaryOf(contentType: string | undefined): string | null {
  if (!/^multipart\/form-data\b/i.test(contentType ?? '')) return null
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType ?? '') ?? []
  return quoted ?? bare ?? null
}

/**
 * The bytes of the first file in a form, as they come; other fields are passed over. @throws Problem `invalid` when the form holds no file
 * or breaks off
 */
export async function* fileInForm(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Uint8Array> {
  const bytes = source[Symbol.asyncIterator]()
  const border = Buffer.from(`\r\n--${boundary}`)
  // The first border stands at the start of a line like the others, only without a line before it.
  let buffer: Buffer = Buffer.from('\r\n')
  const more = async (): Promise<boolean> => {
    const next = await bytes.next()
    if (next.done) return false
    buffer = Buffer.concat([buffer, next.value])
    return true
  }
  const broken = () => fileFault('broken_form', 'The form breaks off, or does not keep to its boundary.')
  const noFile = () => fileFault('no_file', 'The form holds no file; send it as a field with a file name.')

  for (let inFile = false; ; ) {
    let at = buffer.indexOf(border)
    while (at < 0) {
      const sure = Math.max(0, buffer.length - border.length + 1)
      if (inFile && sure > 0) yield buffer.subarray(0, sure)
      buffer = buffer.subarray(sure)
      if (!(await more())) throw broken()
      at = buffer.indexOf(border)
    }
    if (inFile) {
      if (at > 0) yield buffer.subarray(0, at)
      while (!(await bytes.next()).done);
      return
    }
    buffer = buffer.subarray(at + border.length)
    let end = buffer.indexOf('\r\n\r\n')
    while (end < 0) {
      if (buffer.subarray(0, 2).toString() === '--') throw noFile()
      if (buffer.length > maxHead || !(await more())) throw broken()
      end = buffer.indexOf('\r\n\r\n')
    }
    if (buffer.subarray(0, 2).toString() === '--') throw noFile()
    inFile = /^content-disposition:[^\n]*;\s*filename\*?=/im.test(buffer.subarray(0, end).toString('latin1'))
    // The line end that closes the head belongs to the border of an empty part.
    buffer = buffer.subarray(inFile ? end + 4 : end + 2)
  }
}

/** 53 bits of a string's hash as a number in [0, 1): stable for ever, because splits must not move (cyrb53, public domain). */
export function stableRandom(...parts: string[]): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  const text = parts.join('\u0000')
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)) / 2 ** 53
}

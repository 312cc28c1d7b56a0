import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { invalidField } from '../errors.ts'
import { commonPasswords } from './common-passwords.ts'

/** log2 of N, then r and p: OWASP's scrypt setting of 32 MiB (docs/decisions/0002). Each hash carries the setting it was made with. */
const setting = { logN: 15, r: 8, p: 3 } as const

/** Longer ones are refused: nobody types them, and hashing takes time by length. */
const maxLength = 200

/** `scrypt$<log2 N>$<r>$<p>$<salt>$<hash>`, base64url. Takes about 0.2 s off the main thread. */
export async function hashPassword(password: string): Promise<string> {
  const { logN, r, p } = setting
  const salt = randomBytes(16)
  const hash = await derive(password, salt, logN, r, p)
  return ['scrypt', logN, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/** Compares in constant time. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [kind, logN, r, p, salt = '', hash = ''] = stored.split('$')
  if (kind !== 'scrypt') return false
  const expected = Buffer.from(hash, 'base64url')
  const found = await derive(password, Buffer.from(salt, 'base64url'), Number(logN), Number(r), Number(p))
  return expected.length === found.length && timingSafeEqual(expected, found)
}

function derive(password: string, salt: Buffer, logN: number, r: number, p: number): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  const options = { N: 2 ** logN, r, p, maxmem: 256 * 2 ** logN * r }
  // NFKC: the same password typed on another keyboard is the same (NIST SP 800-63B §5.1.1.2).
  scrypt(password.normalize('NFKC'), salt, 32, options, (error, key) => (error ? reject(error) : resolve(key)))
  return promise
}

/**
 * The rule for new passwords: 8 to 200 characters, none of the ones that everybody tries, not the address itself. No rule about
 * kinds of characters (NIST SP 800-63B §5.1.1.2). @throws Problem `invalid`
 */
export function requireGoodPassword(password: string, email: string): void {
  const refuse = (code: string, message: string) => invalidField('password', code, message)
  const length = [...password].length
  if (length < 8) throw refuse('too_small', 'Take a password of at least 8 characters.')
  if (length > maxLength) throw refuse('too_big', `Take a password of at most ${maxLength} characters.`)
  const plain = password.toLowerCase()
  if (commonPasswords.has(plain) || /^(.)\1*$/.test(plain)) {
    throw refuse('too_common', 'This password is among the first that attackers try; take another.')
  }
  const address = email.toLowerCase()
  if (plain === address || plain === address.split('@')[0]) {
    throw refuse('too_common', 'Take a password that is not your address.')
  }
}

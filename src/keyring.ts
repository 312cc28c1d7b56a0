import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The purposes a sub-key may serve; a key made for one is of no use for another (HKDF, RFC 5869). */
type Purpose = 'secrets' | 'links'

/** Encrypts stored secrets and signs public links (TRUST S9, S17). */
export interface Keyring {
  /** AES-256-GCM with a fresh IV. `place` (`workspace|table|column|row id`) is authenticated, so a ciphertext cannot be moved to another row. */
  encrypt(text: string, place: string): string
  /** @throws Error when the envelope was tampered with, moved, or made under a key that is no longer known */
  decrypt(envelope: string, place: string): string
  /** HMAC-SHA256 of `text` cut to 128 bits, base64url: the signature in public links. */
  sign(text: string): string
  /** Compares in constant time, also under the previous key, so that links in delivered mail outlive a rotation. */
  verify(text: string, signature: string): boolean
}

/** A passphrase goes through a KDF; a 32-byte hex key is used as it is. */
function master(secret: string): Buffer {
  if (/^[0-9a-f]{64}$/i.test(secret)) return Buffer.from(secret, 'hex')
  return scryptSync(secret, 'throughline secret key', 32, { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 })
}

const subKey = (key: Buffer, purpose: Purpose): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `throughline ${purpose}`, 32))

/** Builds the keyring; the first secret encrypts and signs, all of them decrypt and verify. */
export function createKeyring(secrets: readonly [string, ...string[]]): Keyring {
  const keys = secrets.map((secret) => {
    const key = master(secret)
    const cipher = subKey(key, 'secrets')
    return {
      id: createHash('sha256').update(cipher).digest('hex').slice(0, 8),
      cipher,
      links: createSecretKey(subKey(key, 'links')),
    }
  })
  const current = keys[0]
  if (!current) throw new Error('A keyring needs a key.')
  // A key object signs three times as fast as bytes, which are made into one each time; a message takes five signatures.
  const mac = (key: KeyObject, text: string) => createHmac('sha256', key).update(text).digest().subarray(0, 16)
  return {
    encrypt(text, place) {
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current.cipher, iv).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return ['v1', current.id, iv.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    decrypt(envelope, place) {
      const [version, id, iv, sealed] = envelope.split('.')
      const key = keys.find((candidate) => candidate.id === id)
      if (version !== 'v1' || !iv || !sealed) throw new Error('This is not an encrypted value.')
      if (!key) throw new Error('This value was encrypted under another SECRET_KEY. Set it as SECRET_KEY_PREVIOUS.')
      const bytes = Buffer.from(sealed, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key.cipher, Buffer.from(iv, 'base64url')).setAAD(
        Buffer.from(place),
      )
      decipher.setAuthTag(bytes.subarray(-16))
      return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8')
    },
    sign: (text) => mac(current.links, text).toString('base64url'),
    verify(text, signature) {
      const given = Buffer.from(signature, 'base64url')
      return given.length === 16 && keys.some((key) => timingSafeEqual(mac(key.links, text), given))
    },
  }
}

/** The keyring of a data directory: `SECRET_KEY` when set, else one made once and kept in `DATA_DIR/secret.key` (mode 0600). */
export function openKeyring(options: { dataDir: string; secretKey?: string; previous?: string }): Keyring {
  const first = options.secretKey ?? storedKey(options.dataDir)
  return createKeyring(options.previous ? [first, options.previous] : [first])
}

function storedKey(dataDir: string): string {
  const file = join(dataDir, 'secret.key')
  mkdirSync(dataDir, { recursive: true })
  if (!existsSync(file)) {
    const fresh = `${file}.${process.pid}`
    writeFileSync(fresh, randomBytes(32).toString('hex'), { mode: 0o600 })
    try {
      // A link never replaces: of two processes that start at once, the first one's key stands, whole.
      linkSync(fresh, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    } finally {
      unlinkSync(fresh)
    }
  }
  return readFileSync(file, 'utf8').trim()
}

/** An unguessable token: 256 random bits, 43 characters of base64url. Sessions, invitations and API keys are made of it. */
export const newToken = (): string => randomBytes(32).toString('base64url')

/** What is stored of such a token: with that much entropy a plain SHA-256 does (NIST SP 800-63B §5.1.2). */
export const tokenHash = (token: string): Buffer => createHash('sha256').update(token).digest()

import { checkHost, HostRefused, isPortAllowed, normalHost } from '../channels/hosts.ts'
import { type FieldError, Problem } from '../errors.ts'

/** What a person says of an SMTP account, but for its password. */
export interface SmtpConfig {
  host: string
  port: number
  encryption: 'tls' | 'starttls' | 'none'
  username: string | null
  senderName: string
  senderEmail: string
}

/** Free mail domains and the hosts that may send for them (TRUST A6). */
const freeMail: [domain: RegExp, ownHosts: RegExp][] = [
  [/^(gmail|googlemail)\.com$/, /(^|\.)(gmail|googlemail|google)\.com$/],
  [/^(yahoo|ymail|rocketmail)\.[a-z.]+$/, /(^|\.)yahoo\.[a-z.]+$/],
  [/^(outlook|hotmail|live|msn)\.[a-z.]+$/, /(^|\.)(office365|outlook|hotmail|live)\.[a-z.]+$/],
  [/^(aol|aim)\.com$/, /(^|\.)aol\.com$/],
  [/^(icloud|me|mac)\.com$/, /(^|\.)me\.com$/],
  [/^gmx\.[a-z.]+$/, /(^|\.)gmx\.[a-z.]+$/],
  [/^web\.de$/, /(^|\.)web\.de$/],
  [/^mail\.ru$/, /(^|\.)mail\.ru$/],
  [/^(proton\.me|protonmail\.com)$/, /(^|\.)(proton\.me|protonmail\.(com|ch))$/],
]

/** A name that cannot be resolved in this time is taken as it is; sending looks again. */
const resolveMs = 2_000

/** Whether mail from this address may go through this host: a free mail domain only through its own. */
export function mayRelay(senderEmail: string, host: string): boolean {
  const domain = senderEmail.slice(senderEmail.lastIndexOf('@') + 1).toLowerCase()
  const owner = freeMail.find(([pattern]) => pattern.test(domain))
  return owner === undefined || owner[1].test(host.toLowerCase())
}

/**
 * Checks what a schema cannot: the port, that the host is on the public internet or allowed by the operator, that mail to a public host is
 * encrypted, and that the sender's domain is not somebody else's. @throws Problem `invalid`
 */
export async function checkSmtp(config: SmtpConfig, allowPrivateHosts: readonly string[]): Promise<void> {
  const errors: FieldError[] = []
  const fault = (path: string, code: string, message: string) => void errors.push({ path, code, message })
  try {
    normalHost(config.host)
    if (!isPortAllowed(allowPrivateHosts, config.host, config.port)) {
      const message =
        'Mail servers listen on port 25, 465, 587 or 2525; the operator can allow others with ALLOW_PRIVATE_HOSTS.'
      fault('port', 'port_refused', message)
    }
    const isPrivate = await isPrivateHost(config, allowPrivateHosts)
    if (config.encryption === 'none' && isPrivate === false) {
      fault('encryption', 'unencrypted', 'Mail to a public server is never sent unencrypted; choose starttls or tls.')
    }
  } catch (error) {
    if (!(error instanceof HostRefused)) throw error
    fault('host', error.reason === 'private' ? 'private_host' : 'invalid_host', error.message)
  }
  if (!mayRelay(config.senderEmail, config.host)) {
    const domain = config.senderEmail.slice(config.senderEmail.lastIndexOf('@') + 1)
    fault(
      'senderEmail',
      'free_mail_domain',
      `Mail from ${domain} can only be sent through its own servers; use an address of your own domain.`,
    )
  }
  const [first] = errors
  if (first) throw new Problem('invalid', first.message, { errors })
}

/** Null when the name cannot be resolved now. @throws HostRefused for a private host that is not allowed */
async function isPrivateHost({ host, port }: SmtpConfig, allowed: readonly string[]): Promise<boolean | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), resolveMs)
  })
  const checking = checkHost(host, port, allowed).then(
    (checked) => checked.isPrivate,
    (error: unknown) => {
      if (error instanceof HostRefused && error.reason === 'unknown') return null
      throw error
    },
  )
  try {
    return await Promise.race([checking, late])
  } finally {
    clearTimeout(timer)
    // When the clock won, nobody waits for the answer any more.
    checking.catch(() => {})
  }
}

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Where to connect: an address that was checked, so that a name cannot point elsewhere a moment later (TRUST S14). */
export interface CheckedHost {
  address: string
  /** The name for TLS and its certificate; the address itself for a literal. */
  name: string
  /** Not on the public internet; the operator allowed it. */
  isPrivate: boolean
}

/** Why a host may not be reached. `private`: not on the operator's list; `unknown`: the name has no address. */
export class HostRefused extends Error {
  readonly reason: 'invalid' | 'private' | 'unknown'

  constructor(reason: HostRefused['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'HostRefused'
    this.reason = reason
  }
}

/** Mail ports that a credential may name without the operator's say (TRUST S16). */
const mailPorts: ReadonlySet<number> = new Set([25, 465, 587, 2525, 143, 993])

/** Whether the operator listed `host:port` in ALLOW_PRIVATE_HOSTS. */
const isListed = (list: readonly string[], host: string, port: number): boolean => {
  const plain = isIP(host) === 6 ? `[${host}]` : host
  return list.some((entry) => entry.toLowerCase() === `${plain}:${port}`)
}

/** Whether this port may be used: a mail port, or one that the operator listed with this host. */
export const isPortAllowed = (list: readonly string[], host: string, port: number): boolean =>
  mailPorts.has(port) || isListed(list, normalHost(host), port)

/** Whether an address is on the public internet. Everything that ipaddr.js gives a name other than plain unicast is not. */
function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  return ipaddr.process(address).range() === 'unicast'
}

/** Writes a host as the WHATWG URL parser reads it, so that `2130706433` and `0x7f.1` are seen as 127.0.0.1. @throws HostRefused */
export function normalHost(host: string): string {
  try {
    const literal = isIP(host) === 6 ? `[${host}]` : host
    const url = new URL(`http://${literal}/`)
    if (url.port !== '' || url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '')
      throw new Error()
    return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  } catch (cause) {
    throw new HostRefused('invalid', `“${host}” is not a host name.`, { cause })
  }
}

/**
 * Resolves a host and checks every address it has; literals are checked like names. @throws HostRefused when any address is not
 * public and the operator did not list the host and port, or when there is no address
 */
export async function checkHost(
  host: string,
  port: number,
  allowPrivateHosts: readonly string[],
): Promise<CheckedHost> {
  const name = normalHost(host)
  const addresses = isIP(name) ? [name] : await addressesOf(name)
  const [address] = addresses
  if (address === undefined) throw new HostRefused('unknown', `The name “${name}” has no address.`)
  if (addresses.every(isPublic)) return { address, name, isPrivate: false }
  const listed =
    isListed(allowPrivateHosts, name, port) || addresses.every((one) => isListed(allowPrivateHosts, one, port))
  if (listed) return { address, name, isPrivate: true }
  throw new HostRefused(
    'private',
    `“${name}” is not on the public internet. The operator can allow it: ALLOW_PRIVATE_HOSTS=${isIP(name) === 6 ? `[${name}]` : name}:${port}.`,
  )
}

async function addressesOf(name: string): Promise<string[]> {
  try {
    return (await lookup(name, { all: true, order: 'ipv4first' })).map((entry) => entry.address)
  } catch (cause) {
    throw new HostRefused('unknown', `The name “${name}” cannot be resolved.`, { cause })
  }
}

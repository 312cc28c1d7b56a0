import { createPublicKey } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'
import { type Provider, providerOf } from './providers.ts'

/** What one record of a sender's domain says. */
export interface DomainCheck {
  what: 'spf' | 'dkim' | 'dmarc'
  /** `missing`: mail in this name will be refused or lands in spam; `unknown`: it could not be told. */
  status: 'ok' | 'warn' | 'missing' | 'unknown'
  says: string
  /** The record as it stands. */
  found: string | null
  /** What to publish. */
  record: { name: string; type: 'TXT'; value: string } | null
}

interface Asked {
  domain: string
  senderEmail: string
  /** The server that the mail goes through. */
  host: string
  selector?: string | undefined
}

const timeoutMs = 2_500
/** An SPF record may make ten look-ups (RFC 7208 §4.6.4). */
const maxLookups = 10

/** The TXT records of a name. @throws Error when the name servers do not answer */
type AskTxt = (name: string) => Promise<string[]>

/** Looks at SPF, DKIM and DMARC of a domain (TRUST A4), by the system's name servers unless others are named. Never rejects. */
export async function checkDomain(asked: Asked, servers: readonly string[]): Promise<DomainCheck[]> {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 1 })
  if (servers.length > 0) resolver.setServers(servers)
  const txt: AskTxt = async (name) => {
    try {
      return (await resolver.resolveTxt(name)).map((parts) => parts.join(''))
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === 'ENOTFOUND' || code === 'ENODATA') return []
      throw error
    }
  }
  const provider = providerOf(asked.host)
  const addressesOfHost = async () =>
    (await Promise.allSettled([resolver.resolve4(asked.host), resolver.resolve6(asked.host)])).flatMap((answer) =>
      answer.status === 'fulfilled' ? answer.value : [],
    )
  return await Promise.all([
    told('spf', () => checkSpf(asked, provider, txt, addressesOfHost)),
    told('dkim', () => checkDkim(asked, provider, txt)),
    told('dmarc', () => checkDmarc(asked, txt)),
  ])
}

async function told(what: DomainCheck['what'], check: () => Promise<Omit<DomainCheck, 'what'>>): Promise<DomainCheck> {
  try {
    return { what, ...(await check()) }
  } catch {
    const says = 'The name servers did not answer, so this could not be looked up. Check again.'
    return { what, status: 'unknown', says, found: null, record: null }
  }
}

const isSpf = (text: string): boolean => /^v=spf1(\s|$)/i.test(text)

async function checkSpf(
  { domain, host }: Asked,
  provider: Provider | undefined,
  txt: AskTxt,
  addressesOfHost: () => Promise<string[]>,
): Promise<Omit<DomainCheck, 'what'>> {
  const records = (await txt(domain)).filter(isSpf)
  const [found = null, second] = records
  const mechanism = provider ? `include:${provider.spf}` : `${hostMechanism(host)}:${host}`
  const fresh = { name: domain, type: 'TXT' as const, value: `v=spf1 ${mechanism} ~all` }
  if (found === null) {
    return {
      status: 'missing',
      says: `${domain} does not say who may send in its name. Publish this record.`,
      found,
      record: fresh,
    }
  }
  if (second !== undefined) {
    const says = `${domain} has ${records.length} SPF records, and receivers then ignore all of them. Join them into one.`
    return { status: 'missing', says, found: records.join('\n'), record: null }
  }
  if (/\s\+?all(\s|$)/i.test(found)) {
    const says = 'The record lets everybody send in this name: “+all”. End it with “~all” or “-all”.'
    return { status: 'warn', says, found, record: { ...fresh, value: found.replace(/\s\+?all(?=\s|$)/i, ' ~all') } }
  }
  const terms = await spfTerms(found, txt)
  const addresses = provider ? [] : await addressesOfHost()
  const named = terms.some((term) =>
    provider ? term === mechanism : term === mechanism.toLowerCase() || addresses.some((one) => isInside(one, term)),
  )
  if (named)
    return { status: 'ok', says: `${provider?.name ?? host} may send in the name of ${domain}.`, found, record: null }
  const at = found.search(/\s[~?-]all(\s|$)/i)
  const value = at < 0 ? `${found} ${mechanism}` : `${found.slice(0, at)} ${mechanism}${found.slice(at)}`
  const says = provider
    ? `The record does not name ${provider.name}. Put it in, in place of the one you have.`
    : `The record does not name ${host}. If mail leaves from that server, put it in; else ask whoever runs it.`
  return { status: provider ? 'missing' : 'warn', says, found, record: { ...fresh, value } }
}

/** How a record names a server: by its name, or by its address where it has no other. */
const hostMechanism = (host: string): 'a' | 'ip4' | 'ip6' =>
  ipaddr.IPv4.isValid(host) ? 'ip4' : ipaddr.IPv6.isValid(host) ? 'ip6' : 'a'

/** All terms of a record and of what it includes or leads on to, in lower case. */
async function spfTerms(record: string, txt: AskTxt): Promise<string[]> {
  const terms: string[] = []
  const open = [record]
  const seen = new Set<string>()
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    for (const term of text.toLowerCase().split(/\s+/).slice(1)) {
      terms.push(term.replace(/^\+/, ''))
      const further = /^(?:\+?include:|redirect=)(.+)$/.exec(term)?.[1]
      if (further === undefined || seen.has(further) || seen.size >= maxLookups) continue
      seen.add(further)
      open.push(...(await txt(further)).filter(isSpf))
    }
  }
  return terms
}

/** Whether an address lies in the range of an `ip4:` or `ip6:` term. */
function isInside(address: string, term: string): boolean {
  const range = /^ip[46]:(.+)$/.exec(term)?.[1]
  if (range === undefined) return false
  try {
    const own = ipaddr.parse(address)
    const [base, bits] = range.includes('/')
      ? ipaddr.parseCIDR(range)
      : [ipaddr.parse(range), own.kind() === 'ipv4' ? 32 : 128]
    return own.kind() === base.kind() && own.match(base, bits)
  } catch {
    return false
  }
}

async function checkDkim(
  { domain, selector }: Asked,
  provider: Provider | undefined,
  txt: AskTxt,
): Promise<Omit<DomainCheck, 'what'>> {
  const selectors = selector ? [selector] : (provider?.selectors ?? [])
  const who = provider?.name ?? 'your provider'
  if (selectors.length === 0) {
    const says = `Each domain has a selector of its own with ${who}. Type it, and the key is looked up.`
    return { status: 'unknown', says, found: null, record: null }
  }
  for (const one of selectors) {
    const name = `${one}._domainkey.${domain}`
    const found = (await txt(name)).find((text) => /(^|;)\s*p=/i.test(text))
    if (found === undefined) continue
    const key = /(?:^|;)\s*p=([^;]*)/i.exec(found)?.[1]?.replaceAll(/\s/g, '') ?? ''
    if (key === '')
      return { status: 'missing', says: `The key “${one}” was withdrawn: its p= is empty.`, found, record: null }
    const bits = rsaBits(key)
    if (bits !== null && bits < 2_048) {
      const says = `The key “${one}” has ${bits} bits. Let ${who} make one of 2,048 (RFC 8301).`
      return { status: bits < 1_024 ? 'missing' : 'warn', says, found, record: null }
    }
    return { status: 'ok', says: `Mail is signed with the key “${one}”.`, found, record: null }
  }
  const [first = ''] = selectors
  const says = `There is no key at ${selectors.map((one) => `${one}._domainkey`).join(' or ')}. Switch DKIM on with ${who}, which shows the value of this record; with another selector, type it.`
  const value = 'v=DKIM1; k=rsa; p=THE-KEY-THAT-YOUR-PROVIDER-SHOWS'
  return { status: 'missing', says, found: null, record: { name: `${first}._domainkey.${domain}`, type: 'TXT', value } }
}

/** The length of an RSA key; null for what is none, such as Ed25519. */
function rsaBits(key: string): number | null {
  try {
    const parsed = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return parsed.asymmetricKeyDetails?.modulusLength ?? null
  } catch {
    return null
  }
}

async function checkDmarc({ domain, senderEmail }: Asked, txt: AskTxt): Promise<Omit<DomainCheck, 'what'>> {
  // The policy of a parent holds for what is below it (RFC 9989, tree walk).
  const labels = domain.split('.')
  const names = labels.slice(0, -1).map((_, index) => labels.slice(index).join('.'))
  for (const name of names) {
    const records = (await txt(`_dmarc.${name}`)).filter((text) => /^v=DMARC1\s*(;|$)/i.test(text))
    const [found, second] = records
    if (found === undefined) continue
    if (second !== undefined) {
      const says = `_dmarc.${name} has two records, and receivers then ignore both. Keep one.`
      return { status: 'missing', says, found: records.join('\n'), record: null }
    }
    const policy = /(?:^|;)\s*p\s*=\s*(none|quarantine|reject)/i.exec(found)?.[1]?.toLowerCase()
    const record = {
      name: `_dmarc.${name}`,
      type: 'TXT' as const,
      value: `v=DMARC1; p=none; rua=mailto:${senderEmail}`,
    }
    if (policy === undefined)
      return { status: 'warn', says: 'The record has no policy: put “p=none” in.', found, record }
    const old = ['pct', 'rf', 'ri'].filter((tag) => new RegExp(`(^|;)\\s*${tag}\\s*=`, 'i').test(found))
    const left = old.length > 0 ? ` “${old.join('”, “')}” mean nothing any more and can go.` : ''
    const does = {
      none: 'only asks for reports',
      quarantine: 'sends forgeries to spam',
      reject: 'has forgeries refused',
    }[policy as 'none']
    return { status: 'ok', says: `The policy ${does}.${left}`, found, record: null }
  }
  const says =
    'Gmail, Yahoo and Outlook want a policy from whoever sends much. This one changes nothing yet and brings you reports.'
  const organization = names.at(-1) ?? domain
  const record = {
    name: `_dmarc.${organization}`,
    type: 'TXT' as const,
    value: `v=DMARC1; p=none; rua=mailto:${senderEmail}`,
  }
  return { status: 'missing', says, found: null, record }
}

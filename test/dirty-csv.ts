/** A customer as the file describes them in the end, all its rows taken together. */
export interface ExpectedCustomer {
  email: string | null
  externalId: string | null
  firstName: string
  country: string
  tags: string[]
  note: string
}

/** A CSV as people send them, and what an import into an empty workspace should make of it. */
export interface DirtyCsv {
  csv: Buffer
  expected: { rowsRead: number; created: number; updated: number; unchanged: number; rejected: number }
  /** Rejected rows by code. */
  rejects: Record<string, number>
  customers: ExpectedCustomer[]
}

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const firstNames = [
  ...['Ann', 'Minh', 'José', 'Zoë', 'Łukasz', 'Søren', 'Nguyễn Thị', 'محمد', 'שרה', '美咲', 'Анна', 'Αλέξης'],
  ...[
    '{{customer.email}}',
    '{% if x %}',
    'Jo "Jo"',
    'Line\nBreak',
    '🙂 Smile',
    "O'Neill",
    'Robert"); drop table customer;--',
    '<b>Bold</b>',
  ],
]
const lastNames = [
  'Lee',
  'García',
  'Müller',
  'O’Brien',
  'الفارسي',
  'Ivanova',
  'van der Berg, Jr.',
  'Smith; Sons',
  '👩‍💻',
]
const countries = ['VN', 'DE', 'US', 'BR', 'JP', 'FR']
const zones = ['Asia/Ho_Chi_Minh', 'Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'Asia/Tokyo', '']
const notes = [
  '',
  "=cmd|' /C calc'!A0",
  '+49 30 1234',
  '-2+3',
  '@SUM(A1:A9)',
  '\tindented',
  'plain text',
  "'=quoted already",
]
const brokenEmails = [
  'not-an-email',
  'two@@example.com',
  'space in@example.com',
  'nodomain@',
  '@nobody.example',
  'dot.@example.com',
  'a@localhost',
]

/**
 * Writes a file of `rows` records with the dirt of real ones, the same for the same seed: a BOM, CRLF, quotes and line breaks in cells,
 * names in many scripts, Liquid and SQL and formulas as data, duplicates in other letters, missing and broken addresses, unknown time
 * zones, too many cells, broken quotes, blank lines.
 */
export function dirtyCsv(rows: number, seed: number): DirtyCsv {
  const random = seededRandom(seed)
  const pick = <Value>(list: readonly Value[]): Value => list[Math.floor(random() * list.length)] as Value
  const lines: string[] = ['E-mail,First Name,Last Name,Country,Time zone,Tags,External ID,Company,Note']
  const customers: ExpectedCustomer[] = []
  const expected = { rowsRead: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 }
  const rejects: Record<string, number> = {}
  const put = (cells: readonly string[]) => lines.push(cells.map(quoted).join(','))
  const reject = (code: string) => {
    expected.rejected += 1
    rejects[code] = (rejects[code] ?? 0) + 1
  }

  for (let number = 0; number < rows; number += 1) {
    expected.rowsRead += 1
    const dice = random()
    const zone = Math.floor(random() * countries.length)
    const country = countries[zone] ?? 'DE'
    const person = {
      email: `${pick(['ann', 'minh', 'jose', 'zoe', 'lukas'])}.${number}@${pick(['example.com', 'Mail.Example.org', 'bücher.example'])}`,
      first: pick(firstNames),
      last: pick(lastNames),
      country,
      zone: zones[zone] ?? '',
      tags: [...new Set([pick(['vip', 'lead', 'trial']), pick(['vip', 'newsletter', 'Größe L', '🎉'])])],
      company: pick(['', 'Acme, Inc.', 'Bücher & Söhne', '株式会社テスト']),
      note: pick(notes),
    }
    const { email, first, last, tags, company, note } = person
    const rest = (externalId: string) => [
      first,
      last,
      country,
      person.zone,
      tags.join(';'),
      externalId,
      company,
      marked(note),
    ]

    if (dice < 0.04) {
      put([pick(brokenEmails), ...rest('')])
      reject('invalid_email')
    } else if (dice < 0.07) {
      put(['', ...rest('')])
      reject('no_contact')
    } else if (dice < 0.08) {
      put([email, first, last, country, 'Mars/Olympus', '', '', '', ''])
      reject('invalid_timezone')
    } else if (dice < 0.09) {
      put([email, ...rest(''), 'one', 'more'])
      reject('too_many_columns')
    } else if (dice < 0.1) {
      lines.push(`${email},"${last.replaceAll(/["\n]/g, '')}" behind the quote,x,${country}`)
      reject('broken_quotes')
    } else if (dice < 0.17 && customers.length > 0) {
      const known = pick(customers)
      // Nothing new but the letters of the address, or another country.
      const moved = random() < 0.5
      if (moved) known.country = known.country === 'SE' ? 'NO' : 'SE'
      put([shout(known.email ?? ''), '', '', moved ? known.country : '', '', '', known.externalId ?? '', '', ''])
      expected[moved ? 'updated' : 'unchanged'] += 1
    } else {
      // Some have no address: they can be imported, but not be written to.
      const reachable = dice < 0.96
      const externalId = reachable && random() < 0.5 ? '' : `crm-${number}`
      put([reachable ? ` ${email} ` : '', ...rest(externalId)])
      expected.created += 1
      const values = { email: reachable ? email : null, externalId: externalId || null, country, tags, note }
      customers.push({ ...values, firstName: first.trim() })
    }
    if (random() < 0.01) lines.push('')
  }
  return { csv: Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`), expected, rejects, customers }
}

/** ASCII letters only: what upper case does to other scripts is no rule of addresses. */
const shout = (email: string): string => email.replaceAll(/[a-z]/g, (letter) => letter.toUpperCase())

/** The mark that programs put before what a spreadsheet would run. */
const marked = (note: string): string => (/^'*[=+\-@\t]/.test(note) ? `'${note}` : note)

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)

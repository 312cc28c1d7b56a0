/**
 * The people of the demo workspace: the same ones every time. Addresses end in `.example`, which never leads anywhere
 * (RFC 2606 §2), so that nothing could reach a real person even through a real credential.
 */
export interface DemoPerson {
  externalId: string
  firstName: string
  lastName: string
  email: string | null
  phone: string | null
  country: string
  language: string
  timezone: string
  company: DemoCompany
  jobTitle: string
  /** Seats of their team's trial or plan. */
  seats: number
  lastSeenDays: number
  stage: 'trial' | 'reader' | 'quiet' | 'lead'
  tags: string[]
}

export interface DemoCompany {
  name: string
  domain: string
  industry: string
}

interface Place {
  country: string
  language: string
  timezone: string
  prefix: string
  first: string[]
  last: string[]
  companies: [name: string, industry: string][]
}

const places: Place[] = [
  {
    country: 'DE',
    language: 'de',
    timezone: 'Europe/Berlin',
    prefix: '+49 30',
    first: ['Jonas', 'Lena', 'Matthias', 'Jürgen', 'Käthe', 'Anneliese', 'Timo', 'Sibel', 'Björn', 'Friederike'],
    last: ['Müller', 'Schäfer', 'Weiß', 'Krüger', 'Yıldız', 'Vogel', 'Hoffmann', 'Groß', 'Lindner', 'Brandt'],
    companies: [
      ['Kupferwerk Maschinenbau', 'manufacturing'],
      ['Havelblick Logistik', 'logistics'],
      ['Morgenrot Medien', 'media'],
      ['Nordlicht Pflege', 'healthcare'],
    ],
  },
  {
    country: 'US',
    language: 'en',
    timezone: 'America/New_York',
    prefix: '+1 212 555',
    first: ['Olivia', 'Marcus', 'Denise', 'Tyrone', 'Grace', 'Hector', 'Priscilla', 'Sean', 'Amara', 'Walter'],
    last: [
      "O'Connell",
      'Whitfield',
      'Ramirez',
      'Nakamura',
      'Baptiste',
      'Carver',
      'Goldberg',
      'Osei',
      'Lindqvist',
      'Price',
    ],
    companies: [
      ['Granite Ledger', 'finance'],
      ['Bluejay Outfitters', 'retail'],
      ['Harlow & Finch', 'consulting'],
      ['Tidewater Robotics', 'manufacturing'],
      ['Sunroom Studios', 'media'],
    ],
  },
  {
    country: 'US',
    language: 'en',
    timezone: 'America/Los_Angeles',
    prefix: '+1 415 555',
    first: ['Maya', 'Ethan', 'Rosa', 'Kai', 'Beatriz', 'Logan', 'Ximena', 'Aaron', 'Noor', 'Felix'],
    last: ['Delgado', 'Kim', 'Hartley', 'Vang', 'Moreno', 'Abbott', 'Castellanos', 'Fong', 'Redding', 'Shah'],
    companies: [
      ['Juniper Cloudworks', 'software'],
      ['Saltgrass Foods', 'food'],
      ['Paper Crane Games', 'software'],
      ['Ridgeline Solar', 'energy'],
    ],
  },
  {
    country: 'VN',
    language: 'vi',
    timezone: 'Asia/Ho_Chi_Minh',
    prefix: '+84 28',
    first: ['Minh', 'Hương', 'Tuấn', 'Thảo', 'Quang', 'Linh', 'Đức', 'Ngọc', 'Phương', 'Bảo'],
    last: ['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Đặng', 'Vũ', 'Bùi', 'Hồ', 'Dương', 'Võ'],
    companies: [
      ['Sông Xanh Textile', 'manufacturing'],
      ['Lotus Port Services', 'logistics'],
      ['Phố Cổ Travel', 'travel'],
    ],
  },
  {
    country: 'FR',
    language: 'fr',
    timezone: 'Europe/Paris',
    prefix: '+33 1',
    first: ['Élodie', 'François', 'Maëlle', 'Noé', 'Inès', 'Gaëtan', 'Chloé', 'Rémi', 'Aïcha', 'Benoît'],
    last: ['Lefèvre', 'Garçon', 'Dubois', 'Benali', 'Moreau', 'Chevalier', 'Rousseau', 'Petit', 'Fournier', 'Besson'],
    companies: [
      ['Atelier Verdier', 'design'],
      ['Clairval Assurances', 'insurance'],
      ['Rivage Énergies', 'energy'],
    ],
  },
  {
    country: 'JP',
    language: 'ja',
    timezone: 'Asia/Tokyo',
    prefix: '+81 3',
    first: ['Haruka', 'Kenji', 'Yui', 'Daichi', 'Sakura', 'Ren', 'Aiko', 'Takumi', 'Mei', 'Sho'],
    last: ['Tanaka', 'Sato', 'Watanabe', 'Ito', 'Kobayashi', 'Mori', 'Abe', 'Hayashi', 'Endo', 'Ogawa'],
    companies: [
      ['Aozora Precision', 'manufacturing'],
      ['Hinode Logistics', 'logistics'],
      ['Kawabe Design', 'design'],
    ],
  },
  {
    country: 'BR',
    language: 'pt',
    timezone: 'America/Sao_Paulo',
    prefix: '+55 11',
    first: ['João', 'Luísa', 'Thiago', 'Conceição', 'Rafael', 'Beatriz', 'Murilo', 'Flávia', 'Antônio', 'Jéssica'],
    last: ['Araújo', 'Gonçalves', 'Siqueira', 'Magalhães', 'Prado', 'Simões', 'Teixeira', 'Brandão', 'Paixão', 'Leão'],
    companies: [
      ['Ipê Alimentos', 'food'],
      ['Maré Alta Seguros', 'insurance'],
      ['Cerrado Agro', 'agriculture'],
    ],
  },
  {
    country: 'IN',
    language: 'en',
    timezone: 'Asia/Kolkata',
    prefix: '+91 80',
    first: ['Ananya', 'Rohan', 'Kavita', 'Arjun', 'Fatima', 'Vikram', 'Meera', 'Sanjay', 'Ishaan', 'Pooja'],
    last: ['Iyer', 'Mukherjee', 'Khan', 'Reddy', 'Deshpande', 'Fernandes', 'Chatterjee', 'Gill', 'Menon', 'Rao'],
    companies: [
      ['Monsoon Payments', 'finance'],
      ['Banyan Learning', 'education'],
      ['Deccan Diagnostics', 'healthcare'],
    ],
  },
  {
    country: 'GB',
    language: 'en',
    timezone: 'Europe/London',
    prefix: '+44 20',
    first: ['Harriet', 'Callum', 'Niamh', 'Oliver', 'Zainab', 'Rhys', 'Imogen', 'Kwame', 'Freya', 'Angus'],
    last: [
      'Ashworth',
      'MacLeod',
      "D'Arcy",
      'Bevan',
      'Hussain',
      'Pemberton',
      'Okafor',
      'Sinclair',
      'Wright',
      'Llewellyn',
    ],
    companies: [
      ['Thistle & Rowe', 'retail'],
      ['Marlow Aerospace', 'manufacturing'],
      ['Quayside Legal', 'consulting'],
    ],
  },
  {
    country: 'SE',
    language: 'sv',
    timezone: 'Europe/Stockholm',
    prefix: '+46 8',
    first: ['Åsa', 'Örjan', 'Linnéa', 'Gustav', 'Maja', 'Elias', 'Sofia', 'Håkan', 'Ebba', 'Nils'],
    last: ['Åkesson', 'Sjöberg', 'Lundström', 'Hägg', 'Nyström', 'Ekdahl', 'Bergström', 'Öberg', 'Wallin', 'Falk'],
    companies: [
      ['Granskog Papper', 'manufacturing'],
      ['Fjärd Software', 'software'],
    ],
  },
]

const jobTitles = [
  'Head of Operations',
  'Data Analyst',
  'Marketing Manager',
  'Managing Director',
  'Product Owner',
  'IT Lead',
  'Sales Director',
  'Controller',
  'Support Lead',
  'Founder',
]

/** Deterministic numbers in [0, 1): the demo looks the same on every machine (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** `count` people of many places, no two with one address; a few have none, as in every real list. */
export function demoPeople(count: number): DemoPerson[] {
  const random = seededRandom(20_261_123)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const taken = new Set<string>()
  return Array.from({ length: count }, (_, index) => {
    const place = pick(places)
    const [companyName, industry] = pick(place.companies)
    const domain = `${plain(companyName)}.example`
    const firstName = pick(place.first)
    const lastName = pick(place.last)
    let address = `${plain(firstName)}.${plain(lastName)}@${domain}`
    for (let twin = 2; taken.has(address); twin += 1)
      address = `${plain(firstName)}.${plain(lastName)}${twin}@${domain}`
    taken.add(address)
    const chance = random()
    const stage = chance < 0.4 ? 'trial' : chance < 0.65 ? 'reader' : chance < 0.88 ? 'quiet' : 'lead'
    const seats = stage === 'trial' ? Math.ceil(random() ** 2 * 120) : Math.ceil(random() ** 2 * 60)
    const lastSeenDays = stage === 'quiet' ? 30 + Math.floor(random() * 300) : Math.floor(random() * 25)
    return {
      externalId: `crm-${1_000 + index}`,
      firstName,
      lastName,
      email: random() < 0.03 ? null : address,
      phone: random() < 0.5 ? `${place.prefix} ${String(Math.floor(random() * 10_000)).padStart(4, '0')}` : null,
      country: place.country,
      language: place.language,
      timezone: place.timezone,
      company: { name: companyName, domain, industry },
      jobTitle: pick(jobTitles),
      seats,
      lastSeenDays,
      stage,
      tags: [
        ...(stage === 'trial' ? ['trial'] : []),
        ...(stage === 'reader' || random() < 0.2 ? ['newsletter'] : []),
        ...(stage === 'quiet' ? ['churn-risk'] : []),
        ...(stage === 'quiet' && random() < 0.05 ? ['do-not-contact'] : []),
        ...(seats > 50 ? ['large-team'] : []),
        ...(random() < 0.04 ? ['vip'] : []),
      ],
    }
  })
}

/** A name as it would stand in an address: plain ASCII letters. */
function plain(name: string): string {
  const letters: Record<string, string> = { đ: 'd', ß: 'ss', ø: 'o', ı: 'i' }
  return name
    .toLowerCase()
    .replaceAll(/[đßøı]/g, (letter) => letters[letter] ?? letter)
    .normalize('NFD')
    .replaceAll(/[^a-z0-9]/g, '')
}

/** The people as the CSV file that a user would upload, with how engaged they are with each of the products as far as it is known. */
export function peopleCsv(people: readonly DemoPerson[], products: readonly string[]): string {
  const random = seededRandom(7)
  const columns: Record<string, (person: DemoPerson) => string> = {
    external_id: ({ externalId }) => externalId,
    first_name: ({ firstName }) => firstName,
    last_name: ({ lastName }) => lastName,
    email: ({ email }) => email ?? '',
    phone: ({ phone }) => phone ?? '',
    country: ({ country }) => country,
    language: ({ language }) => language,
    timezone: ({ timezone }) => timezone,
    company: ({ company }) => company.name,
    company_domain: ({ company }) => company.domain,
    company_industry: ({ company }) => company.industry,
    job_title: ({ jobTitle }) => jobTitle,
    seats: ({ seats }) => String(seats),
    last_seen_days: ({ lastSeenDays }) => String(lastSeenDays),
    tags: ({ tags }) => tags.join(';'),
  }
  for (const product of products) {
    columns[`product:${product}:score`] = ({ lastSeenDays }) =>
      random() > 0.66 ? '' : Math.min(1, Math.max(-1, 0.6 - lastSeenDays / 120 + random() * 0.3)).toFixed(2)
  }
  const quoted = (field: string) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
  const rows = people.map((person) => Object.values(columns).map((fieldOf) => quoted(fieldOf(person))))
  return [Object.keys(columns), ...rows].map((fields) => `${fields.join(',')}\n`).join('')
}

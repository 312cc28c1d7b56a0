/** A company through which many send their mail. */
export interface Provider {
  id: string
  name: string
  host: string
  /** Other names of its servers. */
  hosts: RegExp
  port: number
  encryption: 'tls' | 'starttls'
  /** The same for everybody; null = one's own. */
  username: string | null
  /** What to put into the form, and where to find it. */
  help: string
  /** Its own ceilings (TRUST §1.7), as the limits of a new account. */
  limits: { perSecond?: number; perDay?: number }
  /** What a sender's SPF record has to include. */
  spf: string
  /** DKIM selectors that it gives to everybody; none where each domain has its own. */
  selectors: readonly string[]
}

/** Providers that the form knows, the most used first. Their own pages are the source of each value. */
export const providers: readonly Provider[] = [
  {
    id: 'google',
    name: 'Google Workspace',
    host: 'smtp.gmail.com',
    hosts: /(^|\.)(gmail|google|googlemail)\.com$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'User name: your whole address. Password: an app password (Google Account → Security → 2-Step Verification → App passwords).',
    limits: { perDay: 2_000 },
    spf: '_spf.google.com',
    selectors: ['google'],
  },
  {
    id: 'microsoft',
    name: 'Microsoft 365',
    host: 'smtp.office365.com',
    hosts: /(^|\.)(office365|outlook)\.com$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'User name: your whole address. An admin switches on “Authenticated SMTP” for the mailbox (Microsoft 365 admin center → Users → Mail → Manage email apps).',
    limits: { perSecond: 0.5, perDay: 10_000 },
    spf: 'spf.protection.outlook.com',
    selectors: ['selector1', 'selector2'],
  },
  {
    id: 'ses',
    name: 'Amazon SES',
    host: 'email-smtp.eu-west-1.amazonaws.com',
    hosts: /(^|\.)amazonaws\.com$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'Put your region into the server’s name. User name and password: SES console → SMTP settings → Create SMTP credentials; they are not your AWS keys.',
    limits: {},
    spf: 'amazonses.com',
    selectors: [],
  },
  {
    id: 'sendgrid',
    name: 'SendGrid',
    host: 'smtp.sendgrid.net',
    hosts: /(^|\.)sendgrid\.net$/,
    port: 587,
    encryption: 'starttls',
    username: 'apikey',
    help: 'User name: the word apikey. Password: an API key with “Mail Send” (Settings → API Keys).',
    limits: {},
    spf: 'sendgrid.net',
    selectors: ['s1', 's2'],
  },
  {
    id: 'mailgun',
    name: 'Mailgun',
    host: 'smtp.mailgun.org',
    hosts: /(^|\.)mailgun\.org$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'In the EU the server is smtp.eu.mailgun.org. User name and password: Sending → Domain settings → SMTP credentials.',
    limits: {},
    spf: 'mailgun.org',
    selectors: ['k1', 'mx', 'pic', 'smtp'],
  },
  {
    id: 'postmark',
    name: 'Postmark',
    host: 'smtp.postmarkapp.com',
    hosts: /(^|\.)postmarkapp\.com$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'User name and password are both the Server API token. Campaigns belong into a broadcast stream.',
    limits: {},
    spf: 'spf.mtasv.net',
    selectors: [],
  },
  {
    id: 'brevo',
    name: 'Brevo',
    host: 'smtp-relay.brevo.com',
    hosts: /(^|\.)(brevo|sendinblue)\.com$/,
    port: 587,
    encryption: 'starttls',
    username: null,
    help: 'User name: your login address. Password: an SMTP key (SMTP & API → SMTP keys).',
    limits: {},
    spf: 'spf.brevo.com',
    selectors: ['brevo1', 'brevo2', 'mail'],
  },
  {
    id: 'fastmail',
    name: 'Fastmail',
    host: 'smtp.fastmail.com',
    hosts: /(^|\.)fastmail\.com$/,
    port: 465,
    encryption: 'tls',
    username: null,
    help: 'User name: your whole address. Password: an app password (Settings → Privacy & Security → Manage app passwords).',
    limits: {},
    spf: 'spf.messagingengine.com',
    selectors: ['fm1', 'fm2', 'fm3'],
  },
]

/** Whose server this is, if it is a known one's. */
export const providerOf = (host: string): Provider | undefined =>
  providers.find(({ hosts }) => hosts.test(host.toLowerCase()))

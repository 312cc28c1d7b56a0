import { escapeHtml } from '../messages/html.ts'
import type { LinkedPerson } from './queries.ts'

const style = `body{font:16px/1.5 system-ui,sans-serif;color:#1f2937;background:#f9fafb;margin:0}
main{max-width:30rem;margin:12vh auto;padding:2rem;background:#fff;border:1px solid #e5e7eb;border-radius:8px}
h1{font-size:1.25rem;margin:0 0 .75rem}p{margin:0 0 1rem}form{margin:0 0 1rem}
button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:6px;background:#1d4ed8;color:#fff;cursor:pointer}
button:focus-visible{outline:3px solid #93c5fd}
@media(prefers-color-scheme:dark){body{background:#111827;color:#e5e7eb}main{background:#1f2937;border-color:#374151}}`

const frame = (title: string, content: string): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${content}
</main></body></html>
`

/** `a•••@e•••.org`: enough to know one's own, and nothing for whom the mail was passed on to (TRUST S19). */
export function maskAddress(address: string | null): string {
  const at = address?.lastIndexOf('@') ?? -1
  if (address === null || at < 1) return 'this address'
  const domain = address.slice(at + 1)
  const dot = domain.lastIndexOf('.')
  const end = dot > 0 ? domain.slice(dot) : ''
  return `${[...address][0]}•••@${[...domain][0] ?? ''}•••${end}`
}

/** Asks before anything changes: programs follow links (TRUST U7). */
export const unsubscribePage = ({ address, orgName }: LinkedPerson): string =>
  frame(
    'Unsubscribe',
    `<p>Stop all marketing email from ${escapeHtml(orgName)} to ${escapeHtml(maskAddress(address))}?</p>
<form method="post"><button type="submit" name="confirm" value="yes">Unsubscribe</button></form>`,
  )

/** After unsubscribing, also when it was done before. */
export const unsubscribedPage = ({ address, orgName }: LinkedPerson): string =>
  frame(
    'You are unsubscribed',
    `<p>${escapeHtml(orgName)} sends no more marketing email to ${escapeHtml(maskAddress(address))}.</p>`,
  )

/** What somebody may say about the email they get. */
export function preferencesPage({ address, orgName, unsubscribed, tracking }: LinkedPerson): string {
  const email = unsubscribed
    ? '<p>You get no marketing email.</p>'
    : `<form method="post"><input type="hidden" name="action" value="unsubscribe"><button type="submit">Stop all marketing email</button></form>`
  const opens =
    tracking === 'no'
      ? '<p>It is not recorded when you open an email.</p>'
      : `<form method="post"><input type="hidden" name="action" value="stop-tracking"><button type="submit">Stop recording when I open an email</button></form>`
  return frame(
    'Your preferences',
    `<p>Email from ${escapeHtml(orgName)} to ${escapeHtml(maskAddress(address))}</p>\n${email}\n${opens}`,
  )
}

/** For links that were never given out; it says the same of all of them. */
export const unknownLinkPage = (): string =>
  frame(
    'This link is not valid',
    '<p>It may have been cut in two by a mail program. Try the link in the original email.</p>',
  )

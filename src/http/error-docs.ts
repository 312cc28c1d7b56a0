import { type ProblemCode, problems } from '../errors.ts'

/** What a caller does about each problem: the last column of docs/errors.md. A code without a row does not compile. */
const remedies: Record<ProblemCode, string> = {
  malformed: 'Send well-formed HTTP: JSON in UTF-8, nested at most 64 deep, `If-Match` with a version.',
  unauthorized: 'Sign in, or send `Authorization: Bearer tl_…` with a key that is neither expired nor revoked.',
  bad_credentials: 'Check the address and the password. Five failures in 15 minutes make it wait.',
  bad_signature:
    'A call of a webhook trigger was not signed, was signed too long ago, or with another secret. Nothing happened. Sign `id.timestamp.body` with the secret (Standard Webhooks).',
  forbidden: 'Ask somebody with the role that the detail names. The attempt is in the audit log.',
  cross_site: 'Browsers: call from the app’s own pages. Scripts: use an API key instead of the cookie.',
  not_found: 'Check the path and the id. Ids of other workspaces are not told apart from unknown ones.',
  wrong_state: 'The detail says the state; `allowed`, where present, what is possible in it.',
  already_exists: 'Change the existing one, whose `id` is in the document where it is known, or choose another value.',
  in_use: 'Remove what uses it first; the detail or the document lists it.',
  already_set_up: 'Sign in, or ask an owner for an invitation.',
  idempotency_running: 'Wait a moment and repeat with the same key.',
  stale_version: 'Read it again, apply your change to that, and send its `version`. The current one is in `version`.',
  too_large: 'Send less, or in parts; imports have a route that streams.',
  unsupported_media_type: 'Send `Content-Type: application/json`, or what the route’s OpenAPI entry says.',
  invalid: '`errors[]` names each field (`path`), why (`code`) and what to do (`message`).',
  invalid_workflow: '`errors[]` or `problems[]` names nodes, edges and fields; mend them in the builder.',
  not_ready: '`blockers[]` lists what to mend before the campaign can go; the pre-flight shows the same.',
  idempotency_mismatch: 'Use a new key for a new request.',
  rate_limited: 'Wait as long as `Retry-After` says.',
  ai_failed: 'The detail says what the provider answered; check the model under Settings → AI models, then try again.',
  internal: 'A fault of the program. Report it with the `requestId`, under which the log has the details.',
  unavailable: 'Repeat after `Retry-After` seconds. If it lasts, ask `throughline doctor`.',
  too_slow: 'A question about many customers was broken off because it took too long. Ask with fewer or simpler rules.',
}

/** docs/errors.md as it should be. */
export function errorDocs(): string {
  const rows = Object.entries(problems).map(
    ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} | ${remedies[code as ProblemCode]} |`,
  )
  return `<!-- Written by src/http/generate-error-docs.ts (npm run generate); do not edit. -->
# Errors

Whatever goes wrong, the answer is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)) of media type
\`application/problem+json\`:

\`\`\`json
{
  "type": "urn:throughline:problem:invalid",
  "title": "Some fields are not valid",
  "status": 422,
  "detail": "timezone: Write a time zone of the IANA database such as Europe/Berlin.",
  "code": "invalid",
  "errors": [
    { "path": "timezone", "code": "invalid_timezone", "message": "Write a time zone of the IANA database such as Europe/Berlin." }
  ],
  "requestId": "3f0c1c5e-8a54-4f3e-9d4b-6a2b8f6f2a10"
}
\`\`\`

\`code\` is permanent: scripts may branch on it. \`detail\` and \`message\` are for people and may change. \`errors[]\` is there for faults of fields.
\`requestId\` is also in the header \`x-request-id\` of every answer. Some problems carry further members, named below.

| status | code | title | what to do |
| --- | --- | --- | --- |
${rows.join('\n')}
`
}

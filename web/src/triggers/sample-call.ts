/** Signed sample calls of a webhook, ready to run; the secret stands in an environment variable where it is not known. */
export const languages = { shell: 'curl', node: 'Node', python: 'Python' } as const
export type Language = keyof typeof languages

interface Sample {
  url: string
  /** null = it was shown once and is gone. */
  secret: string | null
  /** The body as JSON. */
  body: string
}

/** The program of a sample call. Each signs `id.timestamp.body` with HMAC-SHA256, as Standard Webhooks say. */
export function sampleCall(language: Language, { url, secret, body }: Sample): string {
  const shown = secret ?? 'whsec_…'
  if (language === 'node') {
    return `import { createHmac, randomUUID } from 'node:crypto'

const secret = ${JSON.stringify(shown)}
const body = ${JSON.stringify(body)}
const id = randomUUID()
const timestamp = String(Math.floor(Date.now() / 1000))
const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
const signature = createHmac('sha256', key).update(\`\${id}.\${timestamp}.\${body}\`).digest('base64')

const answer = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': \`v1,\${signature}\`,
  },
  body,
})
console.log(answer.status, await answer.text())`
  }
  if (language === 'python') {
    return `import base64, hashlib, hmac, time, urllib.request, uuid

secret = ${JSON.stringify(shown)}
body = ${JSON.stringify(body)}.encode()
id, timestamp = str(uuid.uuid4()), str(int(time.time()))
key = base64.b64decode(secret.removeprefix("whsec_"))
mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
request = urllib.request.Request(${JSON.stringify(url)}, data=body, headers={
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": "v1," + base64.b64encode(mac).decode(),
})
print(urllib.request.urlopen(request).read().decode())`
  }
  return `SECRET=${quoted(shown)}
BODY=${quoted(body)}
ID=msg_$(openssl rand -hex 12)
NOW=$(date +%s)
KEY=$(printf %s "\${SECRET#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \\n')
SIGNATURE=$(printf '%s.%s.%s' "$ID" "$NOW" "$BODY" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$KEY" -binary | openssl base64 -A)
curl -sS ${quoted(url)} \\
  -H 'content-type: application/json' \\
  -H "webhook-id: $ID" \\
  -H "webhook-timestamp: $NOW" \\
  -H "webhook-signature: v1,$SIGNATURE" \\
  -d "$BODY"`
}

/** A text in single quotes of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** A body in which a path of names finds a value; anything else about the path is left to whoever writes the call. */
export function sampleBody(paths: readonly { path: string; value: unknown }[]): string {
  const body: Record<string, unknown> = {}
  for (const { path, value } of paths) {
    const names = [...path.matchAll(/\.([A-Za-z_][\w-]*)|\['([^']+)'\]|\["([^"]+)"\]/g)].map(
      ([, bare, single, double]) => bare ?? single ?? double ?? '',
    )
    const isPlain = path.startsWith('$') && !/[*?:]|\.\.|\[-?\d/.test(path) && names.length > 0
    if (!isPlain) continue
    let at = body
    names.forEach((name, index) => {
      if (index === names.length - 1) at[name] = value
      else {
        const below = typeof at[name] === 'object' && at[name] !== null ? at[name] : {}
        at[name] = below
        at = below as Record<string, unknown>
      }
    })
  }
  return JSON.stringify(body)
}

import { afterAll, describe, expect, it } from 'vitest'
import type { RenderJob } from './compose.ts'
import { createRenderer } from './renderer.ts'

const renderer = createRenderer({ workers: 1 })
afterAll(() => renderer.close())

const base = 'https://links.example'
const job = (more: Partial<RenderJob> = {}): RenderJob => ({
  channel: 'email',
  subject: 'Hello {{customer.firstName}}',
  body: 'Hello {{customer.firstName}}',
  scope: { customer: { firstName: 'Ada' }, org: { name: 'ACME' } },
  from: { name: 'Team', address: 'team@example.com' },
  to: 'ada@example.org',
  headerId: '<1@example.com>',
  headers: {},
  links: { open: null, click: null, unsubscribe: null, preferences: null },
  postalAddress: null,
  footer: false,
  mime: true,
  ...more,
})

async function rendered(more: Partial<RenderJob>) {
  const [result] = await renderer.render([job(more)])
  if (!result?.ok) throw new Error(result?.error)
  return result.message
}

async function refusal(more: Partial<RenderJob>): Promise<string> {
  const [result] = await renderer.render([job(more)])
  return result?.ok === false ? result.error : 'rendered'
}

describe('rendering', () => {
  it('makes paragraphs of plain text, escapes what customers wrote, and keeps the text as it is', async () => {
    const message = await rendered({
      body: 'Hi {{customer.firstName}},\n\nfirst line\nsecond: https://shop.example/a?b=1&c=2.\n\nBye',
      scope: { customer: { firstName: '<b>O\'Neil & "Co"</b>' } },
    })
    expect(message.html).toContain('<p>Hi &lt;b&gt;O&#39;Neil &amp; &quot;Co&quot;&lt;/b&gt;,</p>')
    expect(message.html).toContain(
      '<p>first line<br>\nsecond: <a href="https://shop.example/a?b=1&amp;c=2">https://shop.example/a?b=1&amp;c=2</a>.</p>',
    )
    expect(message.text).toContain('Hi <b>O\'Neil & "Co"</b>,\n\nfirst line')
  })

  it('escapes values in HTML and takes unsafe addresses out', async () => {
    const message = await rendered({
      body: '<p>{{customer.firstName}}</p><a href="{{customer.site}}">site</a>',
      scope: { customer: { firstName: '<img src=x onerror=alert(1)>', site: 'javascript:alert(1)' } },
    })
    expect(message.html).toContain('&lt;img src=x onerror=alert(1)&gt;')
    expect(message.html).toContain('<a href="#">site</a>')
  })

  it('keeps subjects and headers to one line', async () => {
    const message = await rendered({
      body: 'Hello',
      scope: { customer: { firstName: 'Ada\r\nBcc: evil@example.com\u0000' } },
    })
    expect(message.subject).toBe('Hello Ada Bcc: evil@example.com')
    expect(Buffer.from(message.raw).toString()).not.toMatch(/^Bcc:/m)
  })

  it('tracks links, each destination once, and leaves its own links alone', async () => {
    const links = {
      open: `${base}/t/o/T`,
      click: `${base}/t/c/T`,
      unsubscribe: `${base}/u/T`,
      preferences: `${base}/p/T`,
    }
    const message = await rendered({
      body: '<a href="https://a.example/?x=1&amp;y=2">a</a> <a href="https://b.example">b</a> <a href="https://a.example/?x=1&amp;y=2">again</a> <a href="{{unsubscribeUrl}}">stop</a>',
      links,
      footer: true,
      postalAddress: '1 Main St\nTown',
    })
    expect(message.links).toEqual(['https://a.example/?x=1&y=2', 'https://b.example'])
    expect(message.html.match(/t\/c\/T\.0"/g)).toHaveLength(2)
    expect(message.html).toContain(`<a href="${base}/u/T">stop</a>`)
    expect(message.html.match(/\/u\/T/g)).toHaveLength(1)
    expect(message.html).toContain('1 Main St<br>Town')
    expect(message.html).toMatch(/<img src="https:\/\/links.example\/t\/o\/T" width="1" height="1"[^>]*>\n<\/body>/)
    expect(message.text).toContain('/t/c/T.1')
  })

  it('puts the unsubscribe link and the address at the end when the template has no place for them', async () => {
    const links = { open: null, click: null, unsubscribe: `${base}/u/T`, preferences: `${base}/p/T` }
    const message = await rendered({ body: 'Hello', links, footer: true, postalAddress: '1 Main St' })
    expect(message.html).toContain(`<a href="${base}/u/T">Unsubscribe</a>`)
    expect(message.text).toContain(`Unsubscribe: ${base}/u/T`)
    expect(message.text).toContain('1 Main St')
  })

  it.each([
    ['an unknown filter', '{{ customer.firstName | nosuchfilter }}'],
    ['a template that does not parse', '{% if %}'],
    ['a file of the server', '{% include "package.json" %}'],
    ['a loop without end', '{% for i in (1..100000000) %}x{% endfor %}'],
    [
      'text without end',
      '{% assign a = "xxxxxxxxxx" %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}',
    ],
  ])('refuses %s', async (_, body) => {
    expect(await refusal({ body })).not.toBe('rendered')
  })

  it.each(['{{ customer.constructor.name }}', '{{ customer.__proto__.x }}', '{{ "".constructor }}'])(
    'shows nothing of %s',
    async (body) => {
      expect((await rendered({ body: `[${body}]` })).text).toBe('[]')
    },
  )

  it('kills what ignores its limits, and delivers the messages around it', async () => {
    const numbers = Array.from({ length: 400_000 }, (_, index) => `${(index * 7919) % 400_009}`)
    const poison = job({
      body: '{{ customer.list | sort_natural | sort | uniq | reverse | sort_natural | sort | uniq | sort_natural | sort | join: "" | size }}',
      scope: { customer: { list: [...numbers, ...numbers, ...numbers] } },
    })
    const good = Array.from({ length: 9 }, (_, index) => job({ subject: `Number ${index}` }))
    const results = await renderer.render([...good.slice(0, 4), poison, ...good.slice(4)])
    expect(results.map((result) => result.ok)).toEqual([true, true, true, true, false, true, true, true, true, true])
    expect(results.flatMap((result) => (result.ok ? [result.message.subject] : []))).toEqual(
      good.map((_, index) => `Number ${index}`),
    )
  })

  it('goes on after a worker ran out of memory', async () => {
    const hungry = job({
      body: '{% for i in (1..9999) %}{{ customer.big }}{% endfor %}',
      scope: { customer: { big: 'x'.repeat(200_000) } },
    })
    const results = await renderer.render([job(), hungry, job()])
    expect(results.map((result) => result.ok)).toEqual([true, false, true])
  })
})

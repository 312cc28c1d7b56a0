import fc from 'fast-check'
import type { Node } from 'prosemirror-model'
import { describe, expect, it } from 'vitest'
import { writeHtml } from './html.ts'
import { readHtml } from './read.ts'
import { signatureOf } from './same.ts'
import { schema } from './schema.ts'

const { nodes, marks } = schema

function opened(source: string): Node {
  const read = readHtml(source)
  if ('why' in read) throw new Error(`${read.why}\n${source}`)
  return read.doc
}
const kept = (source: string): string => writeHtml(opened(source))
const names = (doc: Node): string[] => {
  const found: string[] = []
  doc.descendants((node) => {
    found.push(node.type.name)
  })
  return found
}

describe('a template in Write mode', () => {
  it.each([
    ['<p>Dear {{customer.firstName | default: "there"}},</p>'],
    ['<p>Dear {{ customer.firstName | default: \'<friend> "you"\' }},</p>'],
    ['<p>{% if customer.country == "VN" and 3 < 5 %}Xin chào{% else %}Hello{% endif %} {{customer.firstName}}</p>'],
    ['{% if customer.tags contains "vip" %}\n<p>For you only.</p>\n{% else %}\n<p>For all.</p>\n{% endif %}'],
    ['<p>So {% raw %}{{ not a variable }} <b>{% endraw %}</p>'],
    ['<ul>\n  <li>One</li>\n  <li>Two <strong>bold</strong></li>\n</ul>'],
    ['<p><a href="https://acme.example/?a=1&amp;b={{customer.id}}" target="_blank">Look &amp; see</a></p>'],
    ['<h1 style="color: #333; margin: 0">Title</h1>\n<p align="center">Centre</p>\n<hr>'],
    ['<p>A<br>B<br><img src="https://a.example/b.png" alt="A &quot;b&quot;" width="120"></p>'],
    ['<div style="max-width:600px">\n  <p>In a box</p>\n</div>'],
    ['<p>Nothing&nbsp;breaks &lt;here&gt; &amp; there</p>'],
    ['<p><strong>a <em>b</em></strong> <span style="color:red">c</span></p>'],
    ['<blockquote>\n  <p>They said</p>\n</blockquote>'],
    ['<p dir="rtl">مرحبا {{customer.firstName}} 👋</p>'],
  ])('comes back as it was: %s', (source) => {
    expect(kept(source)).toBe(source)
  })

  it('keeps what it does not know as one piece, and the rest can be edited', () => {
    const source =
      '<p>Before</p>\n<!--[if mso]><v:rect></v:rect><![endif]-->\n<table class="layout"><tr><td>x</td></tr></table>\n<p>A<video src="x"></video>B &Aacute;</p>'
    expect(kept(source)).toBe(source)
    expect(names(opened(source)).filter((name) => name.startsWith('kept'))).toEqual([
      ...['keptBlock', 'keptBlock', 'keptInline', 'keptInline'],
    ])
  })

  it('keeps the frame of a whole document', () => {
    const source =
      '<!doctype html><html><head><style>p{margin:0}</style></head><body bgcolor="#fff">\n<p>Hi</p>\n</body></html>'
    expect(kept(source)).toBe(source)
  })

  it.each([
    ['<p>One<p>Two', /<p> of line 1 is not closed/],
    ['<p>One</div></p>', /<p> of line 1 is not closed before <\/div>/],
    ['{% if a %}<p class="a">{% else %}<p class="b">{% endif %}x</p>', /not closed/],
    ['<table><tr><td>All in a table</td></tr></table>', /one piece of HTML/],
    ['<p>x</p><p', /does not end/],
    ['<p><div>x</div></p>', /holds blocks/],
  ])('says why it stays in Code: %s', (source, why) => {
    const read = readHtml(source)
    expect('why' in read && read.why).toMatch(why)
  })

  it('makes paragraphs, links and chips of plain text', () => {
    expect(
      kept('Dear {{customer.firstName}},\nsee https://acme.example/a?b=1&c=2.\n\nBye & thanks\n{{product.url}}'),
    ).toBe(
      '<p>Dear {{customer.firstName}},<br>see <a href="https://acme.example/a?b=1&amp;c=2">https://acme.example/a?b=1&amp;c=2</a>.</p>\n<p>Bye &amp; thanks<br><a href="{{product.url}}">{{product.url}}</a></p>',
    )
  })

  it('writes an empty document as nothing and words without a tag as a paragraph', () => {
    expect(kept('')).toBe('')
    const bare = nodes.doc.create(null, nodes.paragraph.create({ tag: 'bare', kept: {} }, schema.text('A & B')))
    expect(writeHtml(bare)).toBe('<p>A &amp; B</p>')
  })

  it('writes a button as a table whose words can be read on its colour', () => {
    const button = nodes.button.create({ href: 'https://a.example/?x=1&y=2', color: '#fde047', align: 'center' }, [
      schema.text('Book '),
      nodes.variable.create({ code: '{{product.name}}' }),
    ])
    const html = writeHtml(nodes.doc.create(null, [button]))
    expect(html).toContain('color:#111827')
    expect(html).toContain('href="https://a.example/?x=1&amp;y=2"')
    expect(opened(html).child(0).eq(button)).toBe(true)
    expect(names(opened(`${html.replace('border-radius:6px', 'border-radius:9px')}<p>x</p>`))[0]).toBe('keptBlock')
  })

  it('reads columns that were written as cells of a table, and writes them as columns that stand one below the other on a phone', () => {
    const table = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'
    const cell = (padding: string, words: string) =>
      `<td width="50%" valign="top" style="padding:${padding}">\n  <p>${words}</p>\n</td>`
    const before = `<table data-block="columns" ${table} width="100%"><tr>\n${cell('0 12px 0 0px', 'One')}\n${cell('0 0px 0 12px', 'Two')}\n</tr></table>\n<p>x</p>`
    const doc = opened(before)
    expect(names(doc)).toEqual(names(opened(writeHtml(doc))))
    expect(names(doc).slice(0, 3)).toEqual(['columns', 'column', 'paragraph'])
    const now = writeHtml(doc)
    expect(now).not.toContain('padding:0 12px 0 0px">\n  <p>One</p>\n</td>')
    expect(now.match(/class="tl-column"/g)).toHaveLength(2)
    // For Outlook on Windows, which reads comments, they are cells still.
    expect(now.match(/<!--\[if mso\]>[^!]*<td width="50%" valign="top">/g)).toHaveLength(2)
    expect(kept(now)).toBe(now)
  })

  it('is stable: written, read and written again it is the same document', () => {
    fc.assert(
      fc.property(documents(), (doc) => {
        const html = writeHtml(doc)
        const again = opened(html)
        expect(again.toJSON()).toEqual(doc.toJSON())
        expect(writeHtml(again)).toBe(html)
      }),
      { numRuns: 300 },
    )
  })

  it('never changes what a text says, whatever the text', () => {
    const bits = fc.constantFrom(
      ...[
        '<p>',
        '</p>',
        '<div style="a:b">',
        '</div>',
        '<b>',
        '</b>',
        '<i>',
        '</i>',
        '<a href="x">',
        '</a>',
        '<br>',
        ' ',
        '\n',
      ],
      ...[
        'text',
        '&amp;',
        '&copy',
        '&Aacute;',
        '{{a.b}}',
        '{{ "}}" }}',
        '{% if a < b %}',
        '{% endif %}',
        '{{',
        '}}',
        '<',
        '>',
        '"',
      ],
      ...[
        '<ul>',
        '<li>',
        '</li>',
        '</ul>',
        '<td>',
        '<table>',
        '</table>',
        '<!-- c -->',
        '<span style="color:red">',
        '</span>',
      ],
      ...[
        '<h2>',
        '</h2>',
        '<img src=x>',
        '<style>',
        '</style>',
        '<script>',
        '</script>',
        '<P>',
        '<hr/>',
        '\u00a0',
        'é',
        '👋',
      ],
    )
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 24 }), (parts) => {
        const source = `${parts.join('')}<p>x</p>`
        const read = readHtml(source)
        if ('why' in read) return
        const html = writeHtml(read.doc)
        expect(signatureOf(html)).toBe(signatureOf(source))
        expect(writeHtml(opened(html))).toBe(html)
      }),
      { numRuns: 3_000 },
    )
  })
})

/** Documents as somebody makes them in Write mode. */
function documents(): fc.Arbitrary<Node> {
  const plain = [marks.bold, marks.italic, marks.underline, marks.strike]
  const laid = fc
    .tuple(
      fc.subarray(plain),
      fc.option(fc.constantFrom('https://a.example/?a=1&b=2', '{{product.url}}', 'mailto:a@b.example')),
    )
    .map(([some, href]) => [
      ...(href === null ? [] : [marks.link.create({ kept: { href } })]),
      ...some.map((mark) => mark.create()),
    ])
  const words = fc
    .stringMatching(/^[\p{L}&<>"'.,!?;-][\p{L} &<>"'.,!?;-]{0,12}[\p{L}&<>"'.,!?;-]$/u)
    .filter((text) => !/ {2}/.test(text))
  const inline = fc.oneof(
    fc.tuple(words, laid).map(([text, around]) => schema.text(text, around)),
    fc
      .constantFrom('{{customer.firstName | default: "there"}}', '{{ a["b"] }}', '{{product.name}}')
      .map((code) => nodes.variable.create({ code })),
    fc.constantFrom('{% if a < 3 %}', '{% endif %}').map((code) => nodes.keptInline.create({ code })),
    fc.constantFrom('https://a.example/x.png').map((src) => nodes.image.create({ kept: { src, alt: 'A "b" <c>' } })),
  )
  const line = fc.array(inline, { maxLength: 5 }).map((found) => nodes.paragraph.create(null, found).content)
  const paragraph = line.map((content) => nodes.paragraph.create(null, content))
  const simple = fc.oneof(
    { weight: 3, arbitrary: paragraph },
    fc.tuple(fc.integer({ min: 1, max: 3 }), line).map(([level, content]) => nodes.heading.create({ level }, content)),
    fc.constant(nodes.rule.create()),
    fc
      .tuple(words, fc.constantFrom('left', 'center', 'right'), fc.constantFrom('#4338ca', '#fde047'))
      .map(([text, align, color]) =>
        nodes.button.create({ href: 'https://a.example/?a="1"&b', align, color }, schema.text(text)),
      ),
    fc
      .constantFrom('{% if a %}', '{% else %}', '{% endif %}', '<!-- c -->')
      .map((code) => nodes.keptBlock.create({ code })),
  )
  const item = paragraph.map((only) => nodes.listItem.create(null, only))
  const list = fc
    .tuple(fc.constantFrom(nodes.bulletList, nodes.orderedList), fc.array(item, { minLength: 1, maxLength: 3 }))
    .map(([type, items]) => type.create(null, items))
  const some = fc.array(fc.oneof({ weight: 4, arbitrary: simple }, list), { minLength: 1, maxLength: 4 })
  const columns = fc.array(some, { minLength: 2, maxLength: 3 }).map((cells) =>
    nodes.columns.create(
      null,
      cells.map((cell) => nodes.column.create(null, cell)),
    ),
  )
  const block = fc.oneof(
    { weight: 5, arbitrary: simple },
    list,
    columns,
    some.map((inner) => nodes.blockquote.create(null, inner)),
  )
  return fc
    .array(block, { minLength: 1, maxLength: 5 })
    .map((content) => nodes.doc.create(null, [...content, nodes.paragraph.create(null, schema.text('End'))]))
}

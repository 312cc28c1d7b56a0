import { describe, expect, it } from 'vitest'
import { escapeHtml, isSafeUrl, rewriteHtml } from './html.ts'

const tracked = (url: string) => `https://t.example/c?u=${encodeURIComponent(url)}`
const kept = () => null

describe('rewriteHtml', () => {
  it('hands web links to the rewriter, decoded, and nothing else', () => {
    const seen: string[] = []
    const html = `<p>Hi <a class=x href="https://a.example/?x=1&amp;y=2">one</a> <A HREF='http://b.example'>two</A>
      <a href=https://c.example/d>three</a> <a href="mailto:a@b.c">mail</a> <a href="#top">top</a> <img src="https://p.example/i.png">
      <link href="https://s.example/x.css"> text http://d.example</p>`
    const result = rewriteHtml(html, (url) => {
      seen.push(url)
      return tracked(url)
    })
    expect(seen).toEqual(['https://a.example/?x=1&y=2', 'http://b.example', 'https://c.example/d'])
    expect(result).toContain(`<a class=x href="${escapeHtml(tracked('https://a.example/?x=1&y=2'))}">one</a>`)
    expect(result).toContain('<img src="https://p.example/i.png">')
    expect(result).toContain('text http://d.example')
  })

  it('passes on what it does not have to change, byte for byte', () => {
    for (const html of [
      '',
      'a < b > c',
      '<',
      '<p title="a > b" data-x=\'<a href="x">\'>ok</p>',
      '<table><tr><td style="color:red">x</td></tr></table>',
      '</p >',
      'I <3 you',
    ]) {
      expect(rewriteHtml(html, kept)).toBe(html)
    }
  })

  it.each([
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="java&#x09;script:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="java&Tab;script:alert(1)">x</a>',
    '<a href=javascript:alert(1)>x</a>',
    "<a href='vbscript:x'>x</a>",
    '<a href="data:text/html,x">x</a>',
    '<img src="data:text/html,x">',
    '<td background="javascript:1">',
    '<a href="java&unknown;script:alert(1)">x</a>',
  ])('takes the sting out of %s', (html) => {
    const result = rewriteHtml(html, kept)
    expect(result).toMatch(/(href|src|background)="#"/)
    expect(result).not.toMatch(/script:|text\/html/i)
  })

  it('drops scripts, frames, forms and event handlers', () => {
    const html =
      '<p onclick="x()" ONLOAD=y>a</p><script>alert("<p>")</script ><iframe src="https://x"></iframe><form action="/x">b</form><script>rest'
    expect(rewriteHtml(html, kept)).toBe('<p  >a</p>b')
  })

  it('shows a tag that never ends as text, so that nothing behind it becomes part of it', () => {
    expect(rewriteHtml('a <a href="javascript:1', kept)).toBe('a &lt;a href="javascript:1')
    expect(rewriteHtml('a <p title=x <b> c <i', kept)).toBe('a <p title=x <b> c &lt;i')
  })

  it('takes time in proportion to the text', () => {
    for (const piece of [
      '<a href="https://a.example/" ',
      '<',
      '<a b="',
      '<a ',
      '<script>',
      '<p>',
      '</',
      '<!--',
      'a=b ',
    ]) {
      const html = piece.repeat(50_000)
      expect(rewriteHtml(html, kept).length).toBeLessThanOrEqual(html.length * 4)
    }
  })
})

describe('isSafeUrl', () => {
  it('lets pictures travel with the message, and no other data', () => {
    expect(isSafeUrl('data:image/png;base64,AA', 'src')).toBe(true)
    expect(isSafeUrl('data:image/png;base64,AA', 'href')).toBe(false)
    expect(isSafeUrl('data:image/svg+xml;base64,AA', 'src')).toBe(false)
    expect(isSafeUrl('cid:logo', 'src')).toBe(true)
  })

  it('lets addresses without a scheme stand', () => {
    for (const url of ['', '/a:b', '?a:b', '#a:b', 'a/b:c', '//host/x']) expect(isSafeUrl(url, 'href')).toBe(true)
  })
})

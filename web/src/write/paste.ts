/**
 * HTML from a clipboard, made ready to be read. What Word and Google Docs put around it goes: comments, their own elements, and the paragraphs
 * that Word calls list items become lists. Looks that are no marks of ours, scripts and styles fall away in reading it.
 */
export function cleanPasted(html: string): string {
  // Handlers go before anything reads it as a document: the page's policy would complain of them.
  const still = html
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/\son\w+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, ''))
  const parsed = new DOMParser().parseFromString(still, 'text/html')
  for (const gone of parsed.querySelectorAll('script, style, meta, link, title, xml, iframe, object')) gone.remove()
  for (const element of parsed.body.querySelectorAll('*')) {
    // Word's <o:p> and its like: their words stay.
    if (element.localName.includes(':')) element.replaceWith(...element.childNodes)
  }
  let list = null as HTMLElement | null
  for (const item of parsed.body.querySelectorAll<HTMLElement>('p[class^=MsoListParagraph], p[style*="mso-list"]')) {
    const mark = item.querySelector('[style*="mso-list:Ignore"], [style*="mso-list: Ignore"]')
    const sign = (mark?.textContent ?? item.textContent ?? '').trim()
    mark?.remove()
    const name = /^(\d+|[a-z]|[ivx]+)[.)]/i.test(sign) ? 'ol' : 'ul'
    if (list === null || list.localName !== name || list.nextElementSibling !== item) {
      list = parsed.createElement(name)
      item.before(list)
    }
    const made = parsed.createElement('li')
    made.append(...item.childNodes)
    if (!mark) made.innerHTML = made.innerHTML.replace(/^(?:\s|&nbsp;)*(?:[·•§o]|\d+[.)])(?:\s|&nbsp;)+/, '')
    list.append(made)
    item.remove()
  }
  return parsed.body.innerHTML
}

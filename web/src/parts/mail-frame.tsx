import { useMemo } from 'react'

/**
 * A mail's HTML in a frame that can run nothing and reach nothing (TRUST S23): neither scripts nor our origin. Links open a new window.
 * White, as mail programs show it, in both colour schemes; `dark` as those show it that darken what says no colour of its own. Without
 * `images`, as most programs show a first mail.
 */
export function MailFrame({
  title,
  html,
  width,
  height = 420,
  dark = false,
  images = true,
}: {
  title: string
  html: string | null
  width?: number | undefined
  height?: number
  dark?: boolean
  images?: boolean
}) {
  const page = useMemo(() => framed(html ?? '', { dark, images }), [html, dark, images])
  return (
    <iframe
      title={title}
      sandbox="allow-popups"
      srcDoc={page}
      style={{
        width: width ?? '100%',
        maxWidth: '100%',
        height,
        border: '1px solid var(--tl-line)',
        borderRadius: 8,
        background: dark ? '#1b1c1f' : '#fff',
        colorScheme: dark ? 'dark' : 'light',
        display: 'block',
        margin: width ? '0 auto' : undefined,
      }}
    />
  )
}

/** What a picture may come from: the page's own policy lets no other in (src/http/server.ts). */
const showable = /^(https:|data:image\/)/i
/** The open pixel of our own mail, and those of others: looking at a mail in here is no open. */
const isPixel = (image: HTMLImageElement): boolean =>
  /\/t\/o\//.test(image.getAttribute('src') ?? '') || (image.getAttribute('width') === '1' && image.height <= 1)

const read = (html: string): Document => new DOMParser().parseFromString(html, 'text/html')

/** Whether a mail has pictures that are fetched from elsewhere, pixels aside. */
export const hasRemotePictures = (html: string | null): boolean =>
  [...read(html ?? '').images].some((image) => /^https:/i.test(image.getAttribute('src') ?? '') && !isPixel(image))

/** The page in the frame. What the policy would refuse is not asked for in the first place: a picture is what it is called instead. */
function framed(html: string, { dark, images }: { dark: boolean; images: boolean }): string {
  const page = read(html)
  for (const gone of page.querySelectorAll('script, link, meta, base, iframe, object, embed, video, audio'))
    gone.remove()
  for (const image of [...page.images]) {
    const src = image.getAttribute('src') ?? ''
    if (isPixel(image)) image.remove()
    else if (!showable.test(src) || (!images && !src.startsWith('data:'))) image.replaceWith(wordsFor(page, image))
    else image.removeAttribute('srcset')
  }
  for (const element of page.querySelectorAll('[background]')) {
    if (!images || !showable.test(element.getAttribute('background') ?? '')) element.removeAttribute('background')
  }
  for (const element of page.querySelectorAll('[style*="url(" i]')) {
    element.setAttribute('style', quiet(element.getAttribute('style') ?? '', images))
  }
  for (const style of page.querySelectorAll('style')) {
    const rules = (style.textContent ?? '').replace(/@import[^;]*;?/gi, '').replace(/@font-face\s*\{[^}]*\}/gi, '')
    style.textContent = quiet(rules, images)
  }
  const sources = images ? 'https: data:' : 'data:'
  const colours = dark ? 'background:#1b1c1f;color:#e8eaed;color-scheme:dark' : 'color:#111827'
  const links = dark ? 'a{color:#8ab4f8}' : ''
  page.head.insertAdjacentHTML(
    'afterbegin',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src ${sources}; style-src 'unsafe-inline'"><base target="_blank"><style>body{font:14px/1.5 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere;${colours}}img{max-width:100%}${links}</style>`,
  )
  return `<!doctype html>${page.documentElement.outerHTML}`
}

/** Styles without addresses that would not be let in. */
const quiet = (style: string, images: boolean): string =>
  style.replace(/url\(\s*(["']?)(.*?)\1\s*\)/gi, (whole, _, address: string) =>
    images && showable.test(address) ? whole : 'none',
  )

/** What stands where a picture is not shown, as mail programs have it. */
function wordsFor(page: Document, image: HTMLImageElement): HTMLElement {
  const words = page.createElement('span')
  words.textContent = image.alt
  const [width, height] = [image.getAttribute('width'), image.getAttribute('height')]
  const size = (value: string | null) => (value !== null && /^\d+$/.test(value) ? `${value}px` : 'auto')
  words.style.cssText = `display:inline-block;box-sizing:border-box;max-width:100%;width:${size(width)};min-height:${height === null ? '0' : size(height)};padding:${image.alt === '' ? '0' : '4px 8px'};border:1px dashed #9ca3af;font-size:12px;color:#6b7280`
  return words
}

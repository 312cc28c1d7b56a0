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
  const sources = images ? 'https: http: data:' : "'none'"
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src ${sources}; style-src 'unsafe-inline'"><base target="_blank">`
  const colours = dark ? 'background:#1b1c1f;color:#e8eaed;color-scheme:dark' : 'color:#111827'
  const links = dark ? 'a{color:#8ab4f8}' : ''
  return (
    <iframe
      title={title}
      sandbox="allow-popups"
      srcDoc={`<!doctype html><html><head>${policy}<style>body{font:14px/1.5 system-ui,sans-serif;margin:12px;overflow-wrap:anywhere;${colours}}img{max-width:100%}${links}</style></head><body>${html ?? ''}</body></html>`}
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

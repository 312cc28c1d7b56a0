/**
 * A mail's HTML in a frame that can run nothing and reach nothing (TRUST S23): neither scripts nor our origin. Links open a new window.
 * White, as mail programs show it, in both colour schemes.
 */
export function MailFrame({ title, html, width }: { title: string; html: string | null; width?: number | undefined }) {
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'"><base target="_blank">`
  return (
    <iframe
      title={title}
      sandbox="allow-popups"
      srcDoc={`<!doctype html><html><head>${policy}<style>body{font:14px/1.5 system-ui,sans-serif;margin:12px;color:#111827;overflow-wrap:anywhere}img{max-width:100%}</style></head><body>${html ?? ''}</body></html>`}
      style={{
        width: width ?? '100%',
        maxWidth: '100%',
        minHeight: 420,
        border: '1px solid var(--tl-line)',
        borderRadius: 8,
        background: '#fff',
        colorScheme: 'light',
        display: 'block',
        margin: width ? '0 auto' : undefined,
      }}
    />
  )
}

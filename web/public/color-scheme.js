// Sets the colour scheme before the first paint; the app itself reads the same key (src/theme.ts). A file, because the
// content security policy refuses inline scripts.
{
  let chosen = null
  try {
    chosen = localStorage.getItem('throughline-color-scheme')
  } catch {
    // storage is blocked: follow the system
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
}

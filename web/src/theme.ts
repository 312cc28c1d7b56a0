import {
  type CSSVariablesResolver,
  createTheme,
  localStorageColorSchemeManager,
  type MantineColorsTuple,
} from '@mantine/core'

// UX §4.15: text pairs reach 4.5:1 on cards and on the canvas in both schemes.
const indigo: MantineColorsTuple = [
  '#eef2ff',
  '#e0e7ff',
  '#c7d2fe',
  '#a5b4fc',
  '#818cf8',
  '#6063f0',
  '#4f46e5',
  '#4338ca',
  '#3730a3',
  '#312e81',
]

const dark: MantineColorsTuple = [
  '#e8eaed',
  '#c9ced6',
  '#9aa4b2',
  '#7c8696',
  '#4b5563',
  '#343a44',
  '#22262e',
  '#181b21',
  '#121419',
  '#0e1014',
]

const red: MantineColorsTuple = [
  '#fef2f2',
  '#fee2e2',
  '#fecaca',
  '#fca5a5',
  '#f87171',
  '#ef4444',
  '#dc2626',
  '#b91c1c',
  '#991b1b',
  '#7f1d1d',
]

/** Mantine's settings: system fonts, radius 8, dense text, indigo. */
export const theme = createTheme({
  primaryColor: 'indigo',
  colors: { indigo, dark, red },
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '18px', md: '20px', lg: '24px', xl: '28px' },
  defaultRadius: 8,
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '22px', lineHeight: '30px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  components: {
    // A badge says what is written in it: "v1" is not "V1".
    Badge: { defaultProps: { tt: 'none' } },
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 32 } },
    TextInput: { defaultProps: { size: 'sm' } },
    InputWrapper: {
      styles: { description: { fontSize: 12, lineHeight: '16px' }, error: { fontSize: 12, lineHeight: '16px' } },
    },
    Modal: {
      defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' }, transitionProps: { duration: 120 } },
      styles: { title: { fontSize: 16, fontWeight: 600 } },
    },
    Drawer: {
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' }, transitionProps: { duration: 120 } },
      styles: { title: { fontSize: 16, fontWeight: 600 } },
    },
    Select: { defaultProps: { openOnFocus: false } },
    MultiSelect: { defaultProps: { openOnFocus: false } },
    TagsInput: { defaultProps: { openOnFocus: false } },
    Autocomplete: { defaultProps: { openOnFocus: false } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // On the smallest screens a window of a fixed width would make the page scroll sideways.
    Popover: { styles: { dropdown: { maxWidth: 'calc(100vw - 16px)' } } },
    Menu: { defaultProps: { shadow: 'md', width: 220, position: 'bottom-end' } },
    Tooltip: { defaultProps: { openDelay: 300, events: { hover: true, focus: true, touch: false } } },
  },
})

/** The colours that Mantine has no name for; app.css uses them. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-text': '#111827',
    '--mantine-color-dimmed': '#4b5563',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-error': '#b91c1c',
    '--tl-canvas': '#f6f7f9',
    '--tl-card': '#ffffff',
    '--tl-line': '#d8dce3',
    '--tl-edge': '#7b8494',
    '--tl-accent': '#4338ca',
    '--tl-flow': '#475569',
    '--tl-contact': '#0f766e',
    '--tl-messaging': '#0369a1',
    '--tl-good': '#15803d',
    '--tl-warn': '#b45309',
    '--tl-bad': '#b91c1c',
    '--tl-clicked': '#7e22ce',
  },
  dark: {
    '--mantine-color-text': '#e8eaed',
    '--mantine-color-dimmed': '#9aa4b2',
    '--mantine-color-placeholder': '#8a94a3',
    '--mantine-color-body': '#181b21',
    '--mantine-color-error': '#fca5a5',
    '--tl-canvas': '#0e1014',
    '--tl-card': '#181b21',
    '--tl-line': '#343a44',
    '--tl-edge': '#7c8696',
    '--tl-accent': '#a5b4fc',
    '--tl-flow': '#94a3b8',
    '--tl-contact': '#5eead4',
    '--tl-messaging': '#7dd3fc',
    '--tl-good': '#86efac',
    '--tl-warn': '#fcd34d',
    '--tl-bad': '#fca5a5',
    '--tl-clicked': '#d8b4fe',
  },
})

/** Remembers light, dark or system; public/color-scheme.js reads the same key before the first paint. */
export const colorSchemeManager = localStorageColorSchemeManager({ key: 'throughline-color-scheme' })

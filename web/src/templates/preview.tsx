import { Group, SegmentedControl, Switch, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { CustomerSelect } from '../parts/customer-select.tsx'
import { MailFrame } from '../parts/mail-frame.tsx'

type View = 'desktop' | 'phone' | 'dark' | 'text'

const views: { value: View; label: string }[] = [
  { value: 'desktop', label: 'Desktop' },
  { value: 'phone', label: 'Phone' },
  { value: 'dark', label: 'Dark' },
  { value: 'text', label: 'Plain text' },
]

/** What a customer would get, rendered by the code that sends, as mail programs show it. */
export function Preview({
  channel,
  subject,
  body,
  customerId,
  onCustomer,
}: {
  channel: string
  subject: string
  body: string
  customerId: string | null
  onCustomer(id: string | null): void
}) {
  const [view, setView] = useState<View>('desktop')
  const [images, setImages] = useState(true)
  const [asked] = useDebouncedValue(JSON.stringify({ subject, body, customerId }), 400)
  const preview = useQuery({
    queryKey: ['template preview', asked],
    queryFn: ({ signal }) => api('POST /templates/preview', { body: JSON.parse(asked), signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const wrong = preview.error?.message ?? preview.data?.error
  const isText = view === 'text' || channel !== 'email'
  return (
    <>
      <CustomerSelect
        label="Preview as"
        value={customerId}
        onChange={onCustomer}
        placeholder="Somebody made up. Search by name or email"
      />
      {channel === 'email' && (
        <Group gap={12} justify="space-between">
          <SegmentedControl
            size="xs"
            aria-label="Show as"
            data={views}
            value={view}
            onChange={(value) => setView(value as View)}
          />
          <Switch
            size="sm"
            label="Images off"
            checked={!images}
            disabled={isText}
            onChange={(event) => setImages(!event.currentTarget.checked)}
          />
        </Group>
      )}
      {wrong && (
        <Text c="var(--tl-bad)" role="alert">
          {wrong}
        </Text>
      )}
      {preview.data && !preview.data.error && (
        <div className="tl-card" style={{ padding: 14, opacity: preview.isPlaceholderData ? 0.6 : 1 }}>
          {channel === 'email' && (
            <Text fw={600} mb={8} style={{ overflowWrap: 'anywhere' }}>
              {preview.data.subject || <span className="tl-muted">No subject</span>}
            </Text>
          )}
          {isText ? (
            <pre style={{ whiteSpace: 'pre-wrap', margin: 0, fontFamily: 'inherit', overflowWrap: 'anywhere' }}>
              {preview.data.text}
            </pre>
          ) : (
            <MailFrame
              title="Preview"
              html={preview.data.html}
              width={view === 'phone' ? 375 : undefined}
              dark={view === 'dark'}
              images={images}
            />
          )}
        </div>
      )}
    </>
  )
}

type Check = Answer<'POST /templates/check'>['checks'][number]

const marks = {
  good: { Icon: IconCircleCheck, color: 'var(--tl-good)', word: 'Good' },
  info: { Icon: IconInfoCircle, color: 'var(--tl-messaging)', word: 'To know' },
  warn: { Icon: IconAlertTriangle, color: 'var(--tl-warn)', word: 'Warning' },
  bad: { Icon: IconCircleX, color: 'var(--tl-bad)', word: 'Problem' },
} as const
const order: Check['level'][] = ['bad', 'warn', 'info', 'good']

/** What to know before it goes out, the gravest first. */
export function Checks({ subject, body, customerId }: { subject: string; body: string; customerId: string | null }) {
  const [asked] = useDebouncedValue(JSON.stringify({ subject, body, customerId }), 800)
  const found = useQuery({
    queryKey: ['template check', asked],
    queryFn: ({ signal }) => api('POST /templates/check', { body: JSON.parse(asked), signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  if (!found.data) return null
  const checks = [...found.data.checks].sort((one, other) => order.indexOf(one.level) - order.indexOf(other.level))
  return (
    <section className="tl-card" aria-label="Checks" style={{ opacity: found.isPlaceholderData ? 0.6 : 1 }}>
      <ul className="tl-checks" aria-live="polite">
        {checks.map(({ code, level, text }) => {
          const { Icon, color, word } = marks[level]
          return (
            <li key={code + text}>
              <Icon size={17} color={color} aria-label={word} />
              <span>{text}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

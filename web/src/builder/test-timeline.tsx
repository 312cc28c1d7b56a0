import { Text } from '@mantine/core'
import {
  IconAlertTriangle,
  IconArrowRight,
  IconBolt,
  IconClock,
  IconFlag,
  IconMail,
  IconMapPin,
  IconTargetArrow,
  IconUser,
} from '@tabler/icons-react'
import { type ComponentType, useEffect, useRef } from 'react'
import { dayTime } from '../format.ts'
import { MailFrame } from '../parts/mail-frame.tsx'
import type { CustomerResult } from './test-marks.ts'

type Entry = CustomerResult['steps'][number]

const icons: Record<Entry['kind'], ComponentType<{ size?: number; 'aria-hidden'?: boolean }>> = {
  arrived: IconMapPin,
  left: IconArrowRight,
  message: IconMail,
  reaction: IconUser,
  event: IconBolt,
  goal: IconTargetArrow,
  waits: IconClock,
  error: IconAlertTriangle,
  ended: IconFlag,
}

/** Instants inside a sentence in the reader's words. */
const readable = (text: string) =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) => dayTime(instant))

/** What happened to the customer up to now, and what comes; a message shows as its reader would see it. */
export function TestTimeline({
  steps,
  at,
  dimmed,
  onGo,
}: {
  steps: readonly Entry[]
  at: number
  dimmed: boolean
  onGo(index: number): void
}) {
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const item = list.current?.children[at]
    const box = list.current?.parentElement
    if (!(item instanceof HTMLElement) || !box) return
    const top = item.offsetTop
    if (top < box.scrollTop || top + 40 > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, top - 60)
  }, [at])
  return (
    <div className="tl-timeline" style={dimmed ? { opacity: 0.6 } : undefined}>
      <ol ref={list}>
        {steps.map((step, index) => {
          const Icon = icons[step.kind]
          return (
            <li
              // biome-ignore lint/suspicious/noArrayIndexKey: entries have their place in the order and nothing else
              key={index}
              data-kind={step.kind}
              data-future={index > at || undefined}
              aria-current={index === at ? 'step' : undefined}
            >
              <button type="button" onClick={() => onGo(index)}>
                <Icon size={14} aria-hidden />
                <span className="tl-number">{dayTime(step.at)}</span>
                <span>{readable(step.text)}</span>
              </button>
              {step.values && Object.keys(step.values).length > 0 && index <= at && (
                <Text size="xs" c="dimmed" pl={178}>
                  {Object.entries(step.values)
                    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
                    .join(' · ')}
                </Text>
              )}
              {step.message && index <= at && (
                <details open={index === at}>
                  <summary>
                    {step.message.error ? 'It could not be rendered' : step.message.subject || 'No subject'}
                  </summary>
                  {step.message.error ? (
                    <Text size="sm" c="var(--tl-bad)">
                      {step.message.error}
                    </Text>
                  ) : (
                    <MailFrame title={`Message: ${step.message.subject}`} html={step.message.html} />
                  )}
                </details>
              )}
            </li>
          )
        })}
      </ol>
    </div>
  )
}

import { Checkbox, Group, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiProblem, api } from '../api.ts'
import { fullTime } from '../format.ts'
import { ClockField } from '../parts/time-fields.tsx'
import { type CronChoice, choiceOf, cronOf, type Repeat, repeats } from './cron-choice.ts'

export interface ScheduleConfig {
  cron: string
  timezone: string
  refreshAudience: boolean
}

const weekdays = [
  ['1', 'Mon'],
  ['2', 'Tue'],
  ['3', 'Wed'],
  ['4', 'Thu'],
  ['5', 'Fri'],
  ['6', 'Sat'],
  ['0', 'Sun'],
] as const

/** When a schedule fires: presets, or a cron; with what it means and its next five firings as the server sees them. */
export function ScheduleFields({
  value,
  onChange,
  errors,
}: {
  value: ScheduleConfig
  onChange(value: ScheduleConfig): void
  errors: Record<string, string | undefined>
}) {
  const [choice, setChoice] = useState<CronChoice>(() => choiceOf(value.cron))
  const put = (change: Partial<CronChoice>) => {
    const next = { ...choice, ...change }
    const cron = cronOf(next)
    setChoice({ ...next, cron })
    onChange({ ...value, cron })
  }
  const [asked] = useDebouncedValue(`${value.cron}\n${value.timezone}`, 250)
  const [cron = '', timezone = ''] = asked.split('\n')
  const preview = useQuery({
    queryKey: ['schedule preview', asked],
    queryFn: ({ signal }) => api('POST /triggers/preview', { body: { cron, timezone }, signal }),
    placeholderData: keepPreviousData,
    retry: false,
  })
  const refused = preview.error instanceof ApiProblem ? preview.error.errors : []
  const errorOf = (field: 'cron' | 'timezone') =>
    errors[`config.${field}`] ?? refused.find(({ path }) => path === field)?.message
  const zones = Intl.supportedValuesOf('timeZone')
  const data = [
    'UTC',
    ...(zones.includes(value.timezone) || value.timezone === 'UTC' ? [] : [value.timezone]),
    ...zones,
  ]
  return (
    <Stack gap={14}>
      <Select
        label="How often"
        data={Object.entries(repeats).map(([name, label]) => ({ value: name, label }))}
        value={choice.repeat}
        allowDeselect={false}
        onChange={(repeat) => put({ repeat: (repeat ?? 'daily') as Repeat })}
      />
      {choice.repeat === 'weekly' && (
        <Checkbox.Group
          label="On"
          value={choice.weekdays}
          onChange={(days) => put({ weekdays: days })}
          error={choice.weekdays.length === 0 ? 'Choose at least one day; Monday otherwise.' : undefined}
        >
          <Group gap={12} mt={4}>
            {weekdays.map(([day, label]) => (
              <Checkbox key={day} value={day} label={label} />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      <SimpleGrid cols={{ base: 1, xs: choice.repeat === 'monthly' ? 3 : 2 }} spacing={14}>
        {choice.repeat === 'monthly' && (
          <NumberInput
            label="Day of the month"
            description={choice.day > 28 ? 'Months without it are left out' : 'Of every month'}
            min={1}
            max={31}
            allowDecimal={false}
            clampBehavior="strict"
            value={choice.day}
            onChange={(day) => put({ day: Number(day) || 1 })}
          />
        )}
        {['daily', 'weekdays', 'weekly', 'monthly'].includes(choice.repeat) && (
          <ClockField
            label="At"
            description="Hours and minutes, there"
            required
            w="100%"
            value={choice.time}
            onChange={(time, read) => {
              if (read && time !== '') put({ time })
            }}
          />
        )}
        {choice.repeat === 'custom' && (
          <TextInput
            label="Cron"
            description="Minute, hour, day, month, weekday"
            required
            value={choice.cron}
            onChange={(event) => put({ cron: event.currentTarget.value })}
            error={errorOf('cron')}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
        )}
        <Select
          label="Time zone"
          description="Its summer time is kept"
          searchable
          data={[...new Set(data)]}
          value={value.timezone}
          allowDeselect={false}
          onChange={(zone) => zone && onChange({ ...value, timezone: zone })}
          error={errorOf('timezone')}
        />
      </SimpleGrid>
      {choice.repeat !== 'custom' && errorOf('cron') && (
        <Text size="sm" c="var(--mantine-color-error)">
          {errorOf('cron')}
        </Text>
      )}
      {preview.data && refused.length === 0 && (
        <div className="tl-card" style={{ padding: 12 }} aria-live="polite">
          <Text fw={600}>{preview.data.sentence}</Text>
          <Text size="sm" c="dimmed" mb={4}>
            The next five firings, in {timezone}
          </Text>
          <NextFirings at={preview.data.nextFirings} timezone={timezone} />
        </div>
      )}
      <Radio.Group
        label="Whom each firing takes"
        value={value.refreshAudience ? 'fresh' : 'then'}
        onChange={(next) => onChange({ ...value, refreshAudience: next === 'fresh' })}
      >
        <Stack gap={8} mt={6}>
          <Radio value="fresh" label="Whoever is in the audience then" />
          <Radio value="then" label="Only who was in it at activation" />
        </Stack>
      </Radio.Group>
      <Text size="sm" c="dimmed">
        A customer goes through a campaign once, however often it fires.
      </Text>
    </Stack>
  )
}

/** Firings to come, in the schedule's own zone. */
export function NextFirings({ at, timezone }: { at: readonly string[]; timezone: string }) {
  return (
    <ol style={{ margin: 0, paddingInlineStart: 20 }}>
      {at.map((time) => (
        <li key={time}>
          <time dateTime={time} className="tl-number">
            {fullTime(time, timezone)}
          </time>
        </li>
      ))}
    </ol>
  )
}

import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { IconDeviceFloppy, IconFilter } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { isLeaf, type SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { Chips } from '../parts/chips.tsx'
import { fieldErrors, useAct, useApi } from '../query.ts'
import { useRuleNames } from '../segments/choices.ts'
import { ruleText } from '../segments/rule-text.ts'
import { asGroup } from '../segments/tree.ts'
import { asSegment, type ListFilter, rulesIn } from './filter.ts'

/** What narrows the list, each to be taken off, and the way to keep it as a segment. */
export function FilterChips({ filter, change }: { filter: ListFilter; change(change: ListFilter): void }) {
  const names = useRuleNames()
  const [saving, setSaving] = useState(false)
  const company = useApi(
    'GET /companies/:id',
    { params: { id: filter.companyId ?? '' } },
    { enabled: filter.companyId !== undefined },
  )
  const rules = rulesIn(filter.rules)
  const group = rules ? asGroup(rules) : null
  const parts = group ? (group.kind === 'all' ? group.parts : rules ? [rules] : []) : []
  const without = (index: number): string | undefined => {
    const rest = parts.filter((_, at) => at !== index)
    return rest.length === 0 ? undefined : JSON.stringify({ all: rest })
  }
  const chips = [
    filter.q && { label: `“${filter.q}”`, off: { q: undefined } },
    filter.tag && { label: `tag ${filter.tag}`, off: { tag: undefined } },
    filter.segmentId && {
      label: `in ${names.get(filter.segmentId) ?? 'a segment'}`,
      off: { segmentId: undefined },
    },
    filter.companyId && { label: `at ${company.data?.name ?? 'a company'}`, off: { companyId: undefined } },
    filter.archived && { label: 'archived only', off: { archived: undefined } },
    ...parts.map((part, index) => ({
      label: isLeaf(part) ? ruleText(part, names) : `(${ruleText(part, names)})`,
      off: { rules: without(index) },
    })),
  ].filter((chip) => typeof chip === 'object')
  const segment = asSegment(filter)
  return (
    <Chips
      chips={chips.map(({ label, off }) => ({ label, off: () => change(off) }))}
      clear={() =>
        change({
          q: undefined,
          tag: undefined,
          segmentId: undefined,
          companyId: undefined,
          archived: undefined,
          rules: undefined,
        })
      }
    >
      {segment && (
        <Button
          size="compact-xs"
          variant="light"
          leftSection={<IconDeviceFloppy size={14} />}
          onClick={() => setSaving(true)}
        >
          Save as segment
        </Button>
      )}
      {saving && segment && (
        <SaveSegment
          rules={segment}
          words={ruleText(segment, names)}
          leaves={Boolean(filter.q || filter.companyId || filter.archived)}
          onClose={() => setSaving(false)}
        />
      )}
    </Chips>
  )
}

function SaveSegment({
  rules,
  words,
  leaves,
  onClose,
}: {
  rules: SegmentRule
  words: string
  /** Something of the filter is no rule. */
  leaves: boolean
  onClose(): void
}) {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [missing, setMissing] = useState(false)
  const save = useAct('POST /segments', {
    done: ({ name }) => `Saved as segment “${name}”`,
    quiet: true,
    after: ({ id }) => void navigate({ to: '/segments/$id', params: { id } }),
  })
  const faults = save.error ? fieldErrors(save.error, ['name']) : {}
  const submit = () =>
    name.trim() === '' ? setMissing(true) : save.mutate({ body: { name: name.trim(), kind: 'dynamic', rules } })
  return (
    <Modal opened onClose={onClose} title="Save as segment">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Stack>
          <TextInput
            label="Name"
            required
            data-autofocus
            placeholder={words.slice(0, 60)}
            value={name}
            error={faults.name ?? (missing && name.trim() === '' ? 'Give it a name.' : faults[''])}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            Whoever matches: {words}.
            {leaves && ' The search text, the company and “archived only” are no rules and are left out.'}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save segment
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

/** The button that shows and hides the rules. */
export function FilterButton({ open, count, onClick }: { open: boolean; count: number; onClick(): void }) {
  return (
    <Button variant="default" leftSection={<IconFilter size={16} />} aria-expanded={open} onClick={onClick}>
      Filter{count > 0 && ` · ${count}`}
    </Button>
  )
}

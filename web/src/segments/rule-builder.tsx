import { Button, Group, Select, Text } from '@mantine/core'
import {
  IconArrowDown,
  IconArrowUp,
  IconBan,
  IconCopy,
  IconCornerLeftDown,
  IconCornerLeftUp,
  IconFolderMinus,
  IconFolderPlus,
  IconFolderShare,
  IconPlus,
  IconTrash,
} from '@tabler/icons-react'
import { type FocusEvent, type KeyboardEvent, type ReactNode, type RefObject, useRef } from 'react'
import { isLeaf, type LeafRule, type SegmentRule } from '../../../src/workflow/segment-rules.ts'
import { count } from '../format.ts'
import { MoreMenu } from '../parts/bits.tsx'
import { PeopleCount } from '../parts/people-count.tsx'
import { type RuleChoices, useRuleChoices } from './choices.ts'
import type { RulesPreview } from './preview.ts'
import { RuleInputs } from './rule-row.tsx'
import './segments.css'
import {
  asGroup,
  type Changed,
  type Group as DrawnGroup,
  deepestGroup,
  type GroupKind,
  movesAt,
  nextPlace,
  type Place,
  ruleOf,
} from './tree.ts'

const kinds: { value: GroupKind; label: string }[] = [
  { value: 'all', label: 'All of these' },
  { value: 'any', label: 'Any of these' },
  { value: 'none', label: 'None of these' },
  { value: 'not-all', label: 'Not all of these' },
]
const between: Record<GroupKind, string> = { all: 'and', any: 'or', none: 'nor', 'not-all': 'and' }

const blank: LeafRule = { field: '', op: 'equals' }

/** The rules of a segment, as sentences in groups, each with how many it matches. */
export function RuleBuilder({
  rules,
  preview,
  onChange,
}: {
  rules: SegmentRule
  preview: RulesPreview
  onChange(rules: SegmentRule): void
}) {
  const choices = useRuleChoices()
  const root = useRef<HTMLDivElement>(null)
  const { follow, ...followed } = useFollow(root)
  const move = ({ rules: next, place }: Changed, from: Place) => {
    onChange(next)
    follow(from, place)
  }
  return (
    <div ref={root} {...followed}>
      <GroupBox
        group={asGroup(rules)}
        place={[]}
        rules={ruleOf(asGroup(rules))}
        preview={preview}
        choices={choices}
        onChange={onChange}
        onMove={move}
      />
    </div>
  )
}

interface Shared {
  place: Place
  /** All of them. */
  rules: SegmentRule
  preview: RulesPreview
  choices: RuleChoices
  /** The part at a place was moved. */
  onMove(changed: Changed, from: Place): void
}

/**
 * Has the focus follow a part that moves: to the button of its menu, which says its new number. A menu that closes gives the focus back to where
 * it was opened, a moment later: that is passed on, too.
 */
function useFollow(root: RefObject<HTMLDivElement | null>) {
  const wish = useRef<{ from: Element | null; to: string } | null>(null)
  const buttonAt = (place: string) =>
    root.current?.querySelector<HTMLElement>(`[data-place="${place}"] button[aria-label$=": more"]`) ?? null
  const forget = () => {
    wish.current = null
  }
  return {
    follow(from: Place, to: Place) {
      wish.current = { from: buttonAt(from.join('.')), to: to.join('.') }
      requestAnimationFrame(() => wish.current && buttonAt(wish.current.to)?.focus())
    },
    onFocusCapture(event: FocusEvent) {
      if (wish.current && event.target === wish.current.from) buttonAt(wish.current.to)?.focus()
    },
    onKeyDownCapture: forget,
    onPointerDownCapture: forget,
  }
}

/** “Rule 2.1”, as people count. */
const nameOf = (place: Place, what: 'Rule' | 'Group'): string =>
  place.length === 0 ? 'All rules' : `${what} ${place.map((index) => index + 1).join('.')}`

function GroupBox({
  group,
  place,
  rules,
  preview,
  choices,
  onChange,
  onMove,
  menu,
}: Shared & { group: DrawnGroup; onChange(rule: SegmentRule): void; menu?: ReactNode }) {
  const { kind, parts } = group
  const put = (next: SegmentRule[]) => onChange(ruleOf({ kind, parts: next }))
  const depth = place.length + 1
  return (
    <fieldset className="tl-rules" data-kind={kind} data-inner={place.length > 0 || undefined}>
      <legend className="tl-quiet">{nameOf(place, 'Group')}</legend>
      <Group gap={8} justify="space-between" wrap="nowrap" className="tl-rules-head">
        <Select
          aria-label={`${nameOf(place, 'Group')}: how they join`}
          data={kinds}
          value={kind}
          allowDeselect={false}
          onChange={(next) => next && onChange(ruleOf({ kind: next as GroupKind, parts }))}
          w={160}
        />
        <Group gap={6} wrap="nowrap">
          <Matches place={place} preview={preview} />
          {menu}
        </Group>
      </Group>
      {parts.map((part, index) => {
        const at = [...place, index]
        const replace = (rule: SegmentRule) => put(parts.map((old, i) => (i === index ? rule : old)))
        const what = isLeaf(part) ? 'rule' : 'group'
        const can = movesAt(rules, at)
        const moving = (label: string, icon: ReactNode, step: (() => Changed) | undefined) =>
          step && { label, icon, run: () => onMove(step(), at) }
        // Alt and an arrow: one place on in reading order, through groups.
        const onKeyDown = (event: KeyboardEvent) => {
          const way = event.key === 'ArrowUp' ? 'up' : event.key === 'ArrowDown' ? 'down' : null
          if (!event.altKey || way === null) return
          event.preventDefault()
          event.stopPropagation()
          const step = nextPlace(rules, at, way)
          if (step) onMove(step(), at)
        }
        const options = (
          <MoreMenu
            label={`${nameOf(at, isLeaf(part) ? 'Rule' : 'Group')}: more`}
            entries={[
              moving('Move up', <IconArrowUp size={16} />, can.up),
              moving('Move down', <IconArrowDown size={16} />, can.down),
              moving('Move into the group above', <IconCornerLeftUp size={16} />, can.intoAbove),
              moving('Move into the group below', <IconCornerLeftDown size={16} />, can.intoBelow),
              moving('Move out of the group', <IconFolderShare size={16} />, can.out),
              moving('Ungroup', <IconFolderMinus size={16} />, can.ungroup),
              {
                label: `Duplicate ${what}`,
                icon: <IconCopy size={16} />,
                run: () => put([...parts.slice(0, index + 1), part, ...parts.slice(index + 1)]),
              },
              isLeaf(part) &&
                depth < deepestGroup && {
                  label: 'Put into a group',
                  icon: <IconFolderPlus size={16} />,
                  run: () => replace({ any: [part] }),
                },
              isLeaf(part) &&
                depth < deepestGroup && {
                  label: 'Exclude who matches',
                  icon: <IconBan size={16} />,
                  run: () => replace({ not: { any: [part] } }),
                },
              {
                label: `Remove ${what}`,
                icon: <IconTrash size={16} />,
                run: () => put(parts.filter((_, i) => i !== index)),
                danger: true,
              },
            ]}
          />
        )
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to what is in it
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no id; each is replaced as a whole
          <div key={index} data-place={at.join('.')} onKeyDown={onKeyDown}>
            {index > 0 && <span className="tl-rules-word">{between[kind]}</span>}
            {isLeaf(part) ? (
              <div className="tl-rule" data-blocks={preview.blocksAt(at) || undefined}>
                <div className="tl-rule-inputs">
                  <RuleInputs rule={part} name={nameOf(at, 'Rule')} choices={choices} onChange={replace} />
                </div>
                <Group gap={6} wrap="nowrap">
                  <Matches place={at} preview={preview} />
                  {options}
                </Group>
              </div>
            ) : (
              <GroupBox
                group={asGroup(part)}
                place={at}
                rules={rules}
                preview={preview}
                choices={choices}
                onChange={replace}
                onMove={onMove}
                menu={options}
              />
            )}
          </div>
        )
      })}
      {parts.length === 0 && (
        <Text c="dimmed" size="sm">
          No rule yet: this group is left out.
        </Text>
      )}
      <Group gap={8}>
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconPlus size={14} />}
          onClick={() => put([...parts, blank])}
        >
          Add rule
        </Button>
        {depth < deepestGroup && (
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<IconFolderPlus size={14} />}
            onClick={() => put([...parts, { any: [blank] }])}
          >
            Add group
          </Button>
        )}
      </Group>
    </fieldset>
  )
}

/** How many match a rule or group by itself; dim while it is counted anew. */
function Matches({ place, preview }: { place: Place; preview: RulesPreview }) {
  const value = preview.countAt(place)
  const rules = preview.ruleAt(place)
  return (
    <span
      className="tl-number tl-rule-count"
      data-counting={preview.counting || undefined}
      title={value === undefined ? 'Not counted yet' : `${count(value)} match this by itself`}
    >
      {value !== undefined && rules ? (
        <PeopleCount
          n={value}
          who="matching this by itself"
          to={`/customers?rules=${encodeURIComponent(JSON.stringify(rules))}`}
          newTab
        />
      ) : (
        count(value)
      )}
    </span>
  )
}

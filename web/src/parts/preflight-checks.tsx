import { Anchor, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Answer } from '../api.ts'
import { plural } from '../format.ts'
import { linkTo } from './link.ts'
import { PeopleBehind } from './waterfall-people.tsx'

/** What a pre-flight found. */
export type Preflight = Answer<'GET /campaigns/:id/preflight'>
type Finding = Preflight['blockers'][number]

/** Leads to the field of a step, where a canvas is at hand. */
export type Fix = (nodeId: string, field: string | null) => void

/** Where a finding that is not about a step is mended. */
function placeOf({ code, field }: Finding, campaignId: string): { to: string; label: string } | null {
  if (field === 'audience') return { to: `/campaigns/${campaignId}/audience`, label: 'Choose the audience' }
  if (field?.startsWith('workspace.')) return { to: '/settings/workspace', label: 'Open workspace settings' }
  if (code.startsWith('credential')) return { to: '/settings/credentials', label: 'Open credentials' }
  if (code.startsWith('product')) return { to: `/campaigns/${campaignId}/products`, label: 'Open its products' }
  return null
}

const builderAt = (campaignId: string, nodeId: string, field: string | undefined) =>
  `/campaigns/${campaignId}/builder?${new URLSearchParams({ node: nodeId, ...(field && { field }) })}`

/** Findings of one kind, each with what leads to its remedy and who it is about. */
export function Findings({
  tone,
  mark,
  findings,
  campaignId,
  onFix,
  onPeople,
}: {
  tone: string
  mark: string
  findings: readonly Finding[]
  campaignId: string
  onFix: Fix | undefined
  onPeople(open: boolean): void
}) {
  return (
    <Stack gap={6}>
      {findings.map((finding, index) => {
        const place = placeOf(finding, campaignId)
        const { nodeId, field } = finding
        const missing = finding.code === 'missing_value' ? field?.replace(/^customer\./, '') : undefined
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same fault may stand twice
          <Text key={index} size="sm" component="div">
            <span style={{ color: tone }} aria-hidden>
              {mark}{' '}
            </span>
            {finding.message} <span className="tl-muted">{finding.fix}</span>{' '}
            {missing !== undefined && (
              <PeopleBehind
                campaignId={campaignId}
                of={{ line: 'will-enroll', missing }}
                text="Who"
                label={`has no ${missing}`}
                onPeople={onPeople}
              />
            )}
            {nodeId && onFix && (
              <Anchor component="button" type="button" size="sm" onClick={() => onFix(nodeId, field ?? null)}>
                Fix
              </Anchor>
            )}
            {nodeId && !onFix && (
              <Anchor component={Link} {...linkTo(builderAt(campaignId, nodeId, field))} size="sm">
                Fix
              </Anchor>
            )}
            {place && (
              <Anchor component={Link} to={place.to} size="sm">
                {place.label}
              </Anchor>
            )}
          </Text>
        )
      })}
    </Stack>
  )
}

/** What is in order: folded, as there is nothing to do about it. */
export function Passed({ passed }: { passed: readonly string[] }) {
  if (passed.length === 0) return null
  return (
    <details>
      <summary>{plural(passed.length, 'check')} passed</summary>
      <Stack gap={4} mt={6}>
        {passed.map((text) => (
          <Text key={text} size="sm">
            <span style={{ color: 'var(--tl-good)' }} aria-hidden>
              ✓{' '}
            </span>
            {text}
          </Text>
        ))}
      </Stack>
    </details>
  )
}

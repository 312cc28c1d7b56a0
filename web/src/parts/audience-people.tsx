import './campaign-parts.css'
import { Skeleton, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type Answer, api } from '../api.ts'
import { nameOf } from '../format.ts'
import { type Audience, isComplete } from './audience-text.ts'
import { CustomerSelect } from './customer-select.tsx'
import { Waterfall } from './waterfall.tsx'

type Preview = Answer<'POST /audience/preview'>

/** An audience as it is drawn, saved or not; with a campaign, who is in it or went through it is left out. */
export interface Drawn {
  audience: Audience
  exclude: string | null
  campaignId?: string
}

/** Whom an audience would enroll, counted by the server; what was counted before dims while it counts anew. */
export function useAudiencePreview({ audience, exclude, campaignId }: Drawn) {
  const given = isComplete(audience) ? JSON.stringify({ audience, excludeSegmentId: exclude, campaignId }) : null
  const [asked] = useDebouncedValue(given, 300)
  const answer = useQuery({
    queryKey: ['audience preview', asked],
    queryFn: ({ signal }) => api('POST /audience/preview', { body: JSON.parse(asked ?? ''), signal }),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    retry: false,
  })
  return { ...answer, counting: given !== asked || answer.isFetching }
}

/** What becomes of an audience's customers in a few lines, and some of them. */
export function AudienceGlance({ audience }: { audience: Audience }) {
  const preview = useAudiencePreview({ audience, exclude: null })
  if (!isComplete(audience)) return null
  if (preview.isLoading) return <Skeleton height={22} width={220} />
  if (!preview.data) return <PreviewFault error={preview.error} />
  const { sample } = preview.data
  return (
    <Stack gap={8} style={{ opacity: preview.counting ? 0.5 : 1 }} aria-live="polite">
      <Waterfall {...preview.data} />
      {sample.length > 0 && (
        <details>
          <summary>See {sample.length} of them</summary>
          <Sample sample={sample} />
        </details>
      )}
    </Stack>
  )
}

/** Some customers of an audience, each with why they are in. */
export function Sample({ sample }: { sample: Preview['sample'] }) {
  return (
    <ul className="tl-sample">
      {sample.map((customer) => (
        <li key={customer.id}>
          <Link to="/customers/$id" params={{ id: customer.id }} className="tl-link" target="_blank">
            <bdi>{nameOf(customer)}</bdi>
          </Link>
          {customer.email && customer.email !== nameOf(customer) && <span className="tl-muted"> {customer.email}</span>}
          {customer.because.length > 0 && (
            <Text size="xs" c="dimmed" lineClamp={2}>
              {customer.because.join(' · ')}
            </Text>
          )}
        </li>
      ))}
    </ul>
  )
}

/** Why nothing was counted. */
export function PreviewFault({ error }: { error: Error | null }) {
  return (
    error && (
      <Text size="sm" c="var(--tl-bad)" role="alert">
        {error.message}
      </Text>
    )
  )
}

/** Answers whether one customer is in an audience, and by which rule not. */
export function AudienceChecker({ audience, exclude, campaignId }: Drawn & { audience: NonNullable<Audience> }) {
  const [customerId, setCustomerId] = useState<string | null>(null)
  const body = { audience, excludeSegmentId: exclude, ...(campaignId && { campaignId }) }
  const answer = useQuery({
    queryKey: ['audience checker', body, customerId],
    queryFn: ({ signal }) => api('POST /audience/preview', { body: { ...body, customerId: customerId ?? '' }, signal }),
    enabled: customerId !== null,
    retry: false,
  })
  const found = answer.data?.customer
  return (
    <Stack gap={6}>
      <CustomerSelect label="Is this customer in?" value={customerId} onChange={setCustomerId} />
      <Text size="sm" aria-live="polite">
        {customerId !== null && answer.isFetching && 'Checking…'}
        {found && !answer.isFetching && (
          <>
            <b>{found.in ? 'Yes.' : 'No.'}</b> {found.text}
          </>
        )}
        {answer.error && !answer.isFetching && answer.error.message}
      </Text>
    </Stack>
  )
}

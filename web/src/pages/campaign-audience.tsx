import { Button, Group, Stack, Switch, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../api.ts'
import { plural } from '../format.ts'
import { AudienceField } from '../parts/audience.tsx'
import { AudienceChecker, type Drawn, PreviewFault, Sample, useAudiencePreview } from '../parts/audience-people.tsx'
import { type Audience, audienceFault, audienceText, isComplete } from '../parts/audience-text.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useSegments } from '../parts/choices.ts'
import { useEdited } from '../parts/edited.tsx'
import { Loading } from '../parts/page.tsx'
import { Waterfall } from '../parts/waterfall.tsx'
import { useAct } from '../query.ts'
import { useDeciding } from '../triggers/deciding.ts'
import type { Campaign } from './campaign.tsx'

/** Whom the campaign is for. A change of an active one affects who enters from now on. */
export function AudienceTab({ campaign }: { campaign: Campaign }) {
  const segments = useSegments()
  const { decide } = useDeciding(campaign.id)
  const [audience, setAudience] = useState<Audience>(campaign.audience)
  const [exclude, setExclude] = useState(campaign.excludeSegmentId)
  const [exits, setExits] = useState(campaign.exitOnAudienceLeave)
  const [fault, setFault] = useState<string>()
  const save = useAct('PATCH /campaigns/:id', { done: 'Audience saved', quiet: true })
  const send = (ifMatch: number) =>
    save.mutate(
      {
        params: { id: campaign.id },
        body: {
          audience,
          excludeSegmentId: exclude,
          exitOnAudienceLeave: exits,
        },
        ifMatch,
      },
      {
        onSuccess: (after) => edited.saved(after.version),
        onError: (problem) => void (edited.refused(problem) && save.reset()),
      },
    )
  const edited = useEdited(campaign.version, {
    keep: send,
    take: async () => {
      const theirs = await api('GET /campaigns/:id', { params: { id: campaign.id } })
      setAudience(theirs.audience)
      setExclude(theirs.excludeSegmentId)
      setExits(theirs.exitOnAudienceLeave)
      return theirs.version
    },
  })
  const submit = () => {
    const missing = audienceFault(audience)
    setFault(missing)
    if (missing === undefined) send(edited.version)
  }
  const mode = useAct('PATCH /campaigns/:id', {
    after: (after) => edited.saved(after.version),
    done: (after) =>
      after.enroll === 'keep' ? 'New matches enroll from now on' : 'Nobody enrolls by themselves any more',
  })
  const changed =
    JSON.stringify([audience, exclude, exits]) !==
    JSON.stringify([campaign.audience, campaign.excludeSegmentId, campaign.exitOnAudienceLeave])
  if (campaign.status === 'archived') {
    return (
      <div className="tl-card" style={{ padding: 20 }}>
        <Text>{audienceText(campaign.audience, segments)}</Text>
        <Text c="dimmed">Archived: the audience cannot be changed any more.</Text>
      </div>
    )
  }
  const { inside } = campaign.counts
  const drawn = { audience, exclude, campaignId: campaign.id }
  return (
    <div className="tl-audience">
      <div className="tl-card" style={{ padding: 20 }}>
        <Stack>
          <FormProblem text={save.error?.message} />
          {edited.notice}
          <AudienceField
            cards
            value={audience}
            onChange={(next) => {
              setAudience(next)
              setFault(undefined)
            }}
            error={fault}
            exclude={exclude}
            onExclude={setExclude}
          />
          <Switch
            label="Exit when they leave the audience"
            description={
              exits
                ? 'Whoever is inside and no longer matches leaves at once.'
                : 'Off: whoever is inside stays until the end, also when they no longer match.'
            }
            checked={exits}
            onChange={(event) => setExits(event.currentTarget.checked)}
          />
          {(campaign.status === 'active' || campaign.status === 'paused') &&
            (decide ? (
              <Text size="sm" c="dimmed">
                Customers enroll by the{' '}
                <Link to="/campaigns/$id/$tab" params={{ id: campaign.id, tab: 'triggers' }}>
                  triggers
                </Link>
                , if they are in this audience then.
              </Text>
            ) : (
              <Switch
                label="Keep enrolling"
                description="Whoever matches and was never in enrolls within a minute."
                checked={campaign.enroll === 'keep'}
                onChange={(event) =>
                  mode.mutate({
                    params: { id: campaign.id },
                    body: { enroll: event.currentTarget.checked ? 'keep' : 'none' },
                  })
                }
              />
            ))}
          {changed && campaign.status !== 'draft' && (
            <Text size="sm" c="dimmed" role="status">
              Affects who enters from now on
              {inside > 0 &&
                (exits
                  ? `; of the ${plural(inside, 'customer')} inside, those who do not match leave`
                  : `; the ${plural(inside, 'customer')} inside stay${inside === 1 ? 's' : ''}`)}
              .
            </Text>
          )}
          {changed && (
            <Group>
              <Button loading={save.isPending} onClick={submit}>
                Save audience
              </Button>
              <Button
                variant="default"
                onClick={() => {
                  setAudience(campaign.audience)
                  setFault(undefined)
                  setExclude(campaign.excludeSegmentId)
                  setExits(campaign.exitOnAudienceLeave)
                  edited.saved(campaign.version)
                  save.reset()
                }}
              >
                Discard
              </Button>
            </Group>
          )}
        </Stack>
      </div>
      <WhoIsIn drawn={drawn} saved={!changed} />
    </div>
  )
}

/** How many the audience would enroll, who is left out on the way, ten of them with why, and whether one customer is among them. */
function WhoIsIn({ drawn, saved }: { drawn: Drawn & { campaignId: string }; saved: boolean }) {
  const preview = useAudiencePreview(drawn)
  const { data, counting, error } = preview
  const { audience } = drawn
  return (
    <section className="tl-card" style={{ padding: 20 }} aria-label="Who is in">
      <Title order={2} mb={8}>
        Who is in
      </Title>
      {!audience || !isComplete(audience) ? (
        <Text c="dimmed">Choose an audience to see whom it reaches.</Text>
      ) : (
        <Stack gap={14}>
          {!data && !error && <Loading rows={4} />}
          <PreviewFault error={error} />
          {data && (
            <div style={{ opacity: counting ? 0.5 : 1 }} aria-live="polite">
              <Waterfall {...data} {...(saved && { campaignId: drawn.campaignId })} />
              {data.willEnroll === 0 && (
                <Text size="sm" c="dimmed" mt={6}>
                  Nobody would enroll now.
                </Text>
              )}
              {data.sample.length > 0 && (
                <>
                  <Title order={3} mt={14} mb={4}>
                    {data.sample.length === data.willEnroll ? 'Who they are' : `${data.sample.length} of them`}
                  </Title>
                  <Sample sample={data.sample} />
                </>
              )}
            </div>
          )}
          <AudienceChecker {...drawn} audience={audience} />
        </Stack>
      )}
    </section>
  )
}

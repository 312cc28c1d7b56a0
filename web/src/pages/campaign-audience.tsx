import { Button, Group, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { api } from '../api.ts'
import { plural } from '../format.ts'
import { AudienceChecker, AudienceField } from '../parts/audience.tsx'
import { type Audience, audienceFault, audienceText, isComplete } from '../parts/audience-text.ts'
import { FormProblem } from '../parts/bits.tsx'
import { useSegments } from '../parts/choices.ts'
import { useEdited } from '../parts/edited.tsx'
import { useAct } from '../query.ts'
import type { Campaign } from './campaign.tsx'

/** Whom the campaign is for. A change of an active one affects who enters from now on. */
export function AudienceTab({ campaign }: { campaign: Campaign }) {
  const segments = useSegments()
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
  return (
    <div className="tl-card" style={{ padding: 20, maxWidth: 680 }}>
      <Stack>
        <FormProblem text={save.error?.message} />
        {edited.notice}
        <AudienceField
          value={audience}
          onChange={(next) => {
            setAudience(next)
            setFault(undefined)
          }}
          error={fault}
          exclude={exclude}
          onExclude={setExclude}
          later={campaign.status === 'draft'}
        />
        {isComplete(audience) && audience && <AudienceChecker audience={audience} exclude={exclude} />}
        <Switch
          label="Exit when they leave the audience"
          description="Off: whoever is inside stays until the end, also when they no longer match."
          checked={exits}
          onChange={(event) => setExits(event.currentTarget.checked)}
        />
        {campaign.status !== 'draft' && campaign.status !== 'completed' && (
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
        )}
        {changed && campaign.status !== 'draft' && (
          <Text size="sm" c="dimmed">
            Affects who enters from now on
            {inside > 0 ? `; the ${plural(inside, 'customer')} inside stay${inside === 1 ? 's' : ''}` : ''}.
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
  )
}

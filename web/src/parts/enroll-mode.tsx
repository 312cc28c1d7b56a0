import { Anchor, Button, Group, Modal, Radio, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { count, plural } from '../format.ts'
import { useAct, useApi } from '../query.ts'
import { useDeciding } from '../triggers/deciding.ts'
import { linkTo } from './link.ts'

type Campaign = Answer<'GET /campaigns/:id'>

const words = {
  keep: 'Keeps enrolling whoever matches',
  now: 'Enrolled once',
  none: 'Enrolls when told',
} as const

/** Which way of enrolling is in force in an active or paused campaign; it can be changed here. */
export function EnrollMode({ campaign }: { campaign: Campaign }) {
  const [asking, setAsking] = useState(false)
  const { decide } = useDeciding(campaign.id)
  if (decide) {
    return (
      <Anchor component={Link} {...linkTo(`/campaigns/${campaign.id}/triggers`)} size="sm" underline="always">
        Enrolls by its triggers
      </Anchor>
    )
  }
  return (
    <>
      <Anchor component="button" type="button" size="sm" onClick={() => setAsking(true)}>
        {words[campaign.enroll]}
      </Anchor>
      {asking && <ModeDialog campaign={campaign} onClose={() => setAsking(false)} />}
    </>
  )
}

function ModeDialog({ campaign, onClose }: { campaign: Campaign; onClose(): void }) {
  const now = campaign.enroll === 'keep' ? 'keep' : 'none'
  const [mode, setMode] = useState<'keep' | 'none'>(now)
  const preflight = useApi('GET /campaigns/:id/preflight', { params: { id: campaign.id } }, { staleTime: 0 })
  const change = useAct('PATCH /campaigns/:id', {
    done: (after) =>
      after.enroll === 'keep' ? 'New matches enroll from now on' : 'Nobody enrolls by themselves any more',
    after: onClose,
  })
  const n = preflight.data?.willEnroll ?? 0
  const enrolls = mode === 'keep' && now !== 'keep' && n > 0 && campaign.status === 'active'
  return (
    <Modal opened onClose={onClose} title="Who enrolls">
      <Stack>
        <Radio.Group aria-label="Who enrolls" value={mode} onChange={(value) => setMode(value as 'keep' | 'none')}>
          <Stack gap={8}>
            <Radio
              value="keep"
              label="Keep enrolling"
              description={`Whoever matches the audience and was never in enrolls within a minute${preflight.data ? `: ${plural(n, 'customer')} now` : ''}.`}
            />
            <Radio value="none" label="Only when told" description="“Run now” enrolls whoever matches then." />
          </Stack>
        </Radio.Group>
        {campaign.status === 'paused' && (
          <Text size="sm" c="dimmed">
            While paused nobody enrolls; it holds from the resume on.
          </Text>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={change.isPending}
            onClick={() =>
              mode === now
                ? onClose()
                : change.mutate({ params: { id: campaign.id }, body: { enroll: mode }, ifMatch: campaign.version })
            }
          >
            {enrolls ? `Keep enrolling, ${count(n)} now` : 'Save'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

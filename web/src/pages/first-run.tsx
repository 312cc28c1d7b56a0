import { Anchor, Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconCheck, IconPlayerPlay, IconTrash } from '@tabler/icons-react'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import type { Answer } from '../api.ts'
import { plural } from '../format.ts'
import { Confirm } from '../parts/confirm.tsx'
import { linkTo } from '../parts/link.ts'
import { useAct, useApi } from '../query.ts'
import { OpenDemoButton } from '../shell/workspaces.tsx'

type Steps = Answer<'GET /home'>['steps']
type Example = Answer<'GET /example'>

/** Four steps that tick themselves, a look around for who wants one first, and the example while it is loaded. */
export function FirstRun({ steps, running }: { steps: Steps | null; running: boolean }) {
  const example = useApi(
    'GET /example',
    {},
    { refetchInterval: (query) => (query.state.data?.state === 'removing' ? 500 : false) },
  ).data
  return (
    <>
      {steps && (
        <section className="tl-card tl-first" aria-label="Getting started">
          <div className="tl-first-steps">
            <Title order={2}>Reach your first customer in ten minutes</Title>
            <StepList steps={steps} />
          </div>
          {example?.state === 'none' && <LookAround running={running} />}
        </section>
      )}
      {example && example.state !== 'none' && <ExampleCard example={example} />}
    </>
  )
}

function StepList({ steps }: { steps: Steps }) {
  const builder = steps.campaignId ? `/campaigns/${steps.campaignId}/builder` : null
  const list = [
    {
      done: steps.customers,
      title: 'Add customers',
      text: 'Import a CSV with an email column, or add people by hand.',
      to: '/customers/import',
      action: 'Import a CSV',
      also: { to: '/customers?edit=new', action: 'Add one by hand' },
    },
    {
      done: steps.sender,
      title: 'Connect a sender, or use the sandbox',
      text: 'The sandbox mailbox is ready: choose it as sender of a step, and what is “sent” lands here, where you answer for your customers.',
      to: '/settings/credentials',
      action: 'Connect a sender',
    },
    {
      done: steps.campaign,
      title: 'Build a campaign',
      text: 'Draw what happens: a message, a wait, a branch. Or begin with a ready one.',
      to: builder ?? '/campaigns?new=1',
      action: builder ? 'Go on drawing' : 'New campaign',
    },
    {
      done: steps.test,
      title: 'Send yourself a test',
      text: 'Open a message step and send it to your own address, as one of your customers would get it.',
      to: builder,
      action: 'Open the campaign',
    },
  ]
  const next = list.findIndex((step) => !step.done)
  return (
    <ol className="tl-steps">
      {list.map((step, index) => (
        <li key={step.title} data-next={index === next || undefined}>
          {step.done ? (
            <span className="tl-step-number" data-done role="img" aria-label="Done">
              <IconCheck size={16} stroke={2.5} aria-hidden />
            </span>
          ) : (
            <span className="tl-step-number" role="img" aria-label="To do">
              {index + 1}
            </span>
          )}
          <div>
            <Text fw={600} td={step.done ? 'line-through' : undefined} c={step.done ? 'dimmed' : undefined}>
              {step.title}
            </Text>
            {!step.done && (
              <Text size="sm" c="dimmed">
                {step.text}{' '}
                {step.also && (
                  <Anchor component={Link} {...linkTo(step.also.to)} size="sm" underline="always">
                    {step.also.action}
                  </Anchor>
                )}
              </Text>
            )}
          </div>
          {!step.done && step.to && (
            <Button component={Link} {...linkTo(step.to)} variant={index === next ? 'filled' : 'default'} size="xs">
              {step.action}
            </Button>
          )}
        </li>
      ))}
    </ol>
  )
}

function LookAround({ running }: { running: boolean }) {
  const navigate = useNavigate()
  const load = useAct('POST /example', {
    done: 'Example loaded. Activate it to see customers move',
    after: ({ campaignId }) => void navigate({ to: '/campaigns/$id/builder', params: { id: campaignId } }),
  })
  return (
    <div className="tl-look">
      <Title order={2} mb={4}>
        Look around first
      </Title>
      <Text size="sm" c="dimmed" mb={16}>
        {running
          ? 'The demo is a workspace of its own with 300 made-up customers and three campaigns under way.'
          : 'See a customer move in a minute: the example puts six made-up people and a small campaign here, runs in the sandbox, and goes with one click. The demo is a workspace of its own with 300 people and three campaigns under way.'}
      </Text>
      <Group gap={8}>
        {!running && (
          <Button
            variant="light"
            leftSection={<IconPlayerPlay size={16} />}
            loading={load.isPending}
            onClick={() => load.mutate({})}
          >
            Load an example
          </Button>
        )}
        <OpenDemoButton />
      </Group>
    </div>
  )
}

/** What to try with the example, and its removal. */
function ExampleCard({ example }: { example: Example }) {
  const [asking, setAsking] = useState(false)
  const remove = useAct('DELETE /example', { done: 'The example is being removed', after: () => setAsking(false) })
  const { campaignId, keeps } = example
  const going = example.state === 'removing'
  const mine = [
    ...(keeps.customers > 0 ? [`${plural(keeps.customers, 'customer')} whom you changed or used elsewhere`] : []),
    ...(keeps.segment ? ['its segment, which something else goes by'] : []),
  ]
  return (
    <section className="tl-card" style={{ padding: 20 }} aria-label="The example">
      <Group justify="space-between" align="flex-start" gap={8}>
        <Title order={2}>The example is {going ? 'being removed' : 'loaded'}</Title>
        {!going && (
          <Button variant="default" size="xs" leftSection={<IconTrash size={14} />} onClick={() => setAsking(true)}>
            Remove the example
          </Button>
        )}
      </Group>
      {!going && (
        <Stack gap={8} mt={6}>
          <Text size="sm" c="dimmed">
            {plural(example.customers, 'made-up customer')} at example.com and “{example.campaignName}”. Activate it,
            answer a mail in the sandbox mailbox, and watch that customer take the way “Replied”.
          </Text>
          <Group gap={8}>
            <Button component={Link} {...linkTo(`/campaigns/${campaignId}/builder`)} variant="light" size="xs">
              Open its workflow
            </Button>
            <Button component={Link} {...linkTo('/sandbox')} variant="default" size="xs">
              Sandbox mailbox
            </Button>
          </Group>
        </Stack>
      )}
      <Confirm
        opened={asking}
        title="Remove the example?"
        deed="Remove the example"
        danger
        busy={remove.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate({})}
      >
        Its campaign goes with all its runs and messages, its made-up customers and their segment, for good. What you
        made yourself stays{mine.length > 0 ? `, and so do ${mine.join(' and ')}` : ''}.
      </Confirm>
    </section>
  )
}

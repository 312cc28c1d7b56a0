import { Button, CopyButton, Group, SegmentedControl, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconExternalLink, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { Pill, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { Empty, Page } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { TaskDialog } from '../parts/task-dialog.tsx'
import { useAct, usePages } from '../query.ts'

type Task = Item<'GET /tasks'>
const kinds = { todo: 'To do', handoff: 'Handoff', linkedin: 'LinkedIn' } as const

/** What people have to do: handoffs of campaigns, messages to send on LinkedIn, tasks made by hand. */
export function TasksPage() {
  const search = useSearch({ from: '/signed-in/shell/tasks' })
  const navigate = useNavigate({ from: '/tasks' })
  const members = useMembers()
  const [adding, setAdding] = useState(false)
  const status = search.state === 'done' ? 'done' : 'open'
  const list = usePages('GET /tasks', { query: { status, limit: 100 } }, { live: true })
  const done = useAct('POST /tasks/:id/done', { done: (task) => `“${task.title}” done` })
  return (
    <Page
      title="Tasks"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          New task
        </Button>
      }
    >
      <SegmentedControl
        aria-label="Which tasks"
        mb={12}
        data={[
          { value: 'open', label: 'Open' },
          { value: 'done', label: 'Done' },
        ]}
        value={status}
        onChange={(value) => void navigate({ search: value === 'done' ? { state: 'done' } : {}, replace: true })}
      />
      <div className="tl-card">
        <DataTable<Task>
          label="Tasks"
          list={list}
          idOf={(task) => task.id}
          columns={[
            { title: 'Task', phone: 'bare', cell: (task) => <TaskText task={task} /> },
            {
              title: 'Kind',
              phone: 'bare',
              cell: (task) => <Pill tone={task.kind === 'handoff' ? 'good' : 'flat'}>{kinds[task.kind]}</Pill>,
            },
            {
              title: 'Customer',
              cell: ({ customer }) =>
                customer ? (
                  <Link to="/customers/$id" params={{ id: customer.id }}>
                    {nameOf(customer)}
                  </Link>
                ) : (
                  '—'
                ),
            },
            {
              title: 'For',
              cell: (task) => members.find((member) => member.value === task.assigneeId)?.label ?? 'Anyone',
            },
            {
              title: status === 'done' ? 'Done' : 'Due',
              cell: (task) => <Time at={status === 'done' ? task.doneAt : task.dueAt} />,
            },
            ...(status === 'open'
              ? [
                  {
                    title: 'Finish',
                    phone: 'bare' as const,
                    cell: (task: Task) => (
                      <Button
                        size="compact-sm"
                        variant="light"
                        leftSection={<IconCheck size={14} />}
                        aria-label={`Mark “${task.title}” as done`}
                        onClick={() => done.mutate({ params: { id: task.id } })}
                      >
                        Done
                      </Button>
                    ),
                  },
                ]
              : [
                  {
                    title: 'Answer',
                    phone: 'bare' as const,
                    cell: (task: Task) => <Answered task={task} />,
                  },
                ]),
          ]}
          empty={
            <Empty title={status === 'done' ? 'Nothing done yet' : 'All done.'}>
              {status === 'open' && 'Handoffs and LinkedIn messages of campaigns land here.'}
            </Empty>
          }
        />
      </div>
      {adding && <TaskDialog onClose={() => setAdding(false)} />}
    </Page>
  )
}

/** Whether they answered a LinkedIn message, or the button to say so. */
function Answered({ task }: { task: Task }) {
  const replied = useAct('POST /tasks/:id/replied', { done: 'Their reply is noted' })
  if (task.message?.state !== 'sent') return null
  if (task.message.repliedAt) return <Pill tone="good">they replied</Pill>
  return (
    <Button
      size="compact-sm"
      variant="light"
      loading={replied.isPending}
      aria-label={`They replied to “${task.title}”`}
      onClick={() => replied.mutate({ params: { id: task.id } })}
    >
      They replied
    </Button>
  )
}

/** What a LinkedIn task needs at hand: its text and the profile. */
function ByHand({ task }: { task: Task }) {
  const given = task.message?.profileUrl
  // Written by people: often without a scheme, and never trusted to have a good one.
  const url = given && (/^https?:\/\//i.test(given) ? given : `https://${given}`)
  return (
    <Group gap={6} mt={4}>
      <CopyButton value={task.note ?? ''}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" leftSection={<IconCopy size={14} />} onClick={copy}>
            {copied ? 'Copied' : 'Copy text'}
          </Button>
        )}
      </CopyButton>
      {url && (
        <Button
          component="a"
          href={url}
          target="_blank"
          rel="noopener noreferrer"
          size="compact-xs"
          variant="default"
          rightSection={<IconExternalLink size={14} />}
        >
          Open profile
        </Button>
      )}
    </Group>
  )
}

function TaskText({ task }: { task: Task }) {
  return (
    <>
      <b>{task.title}</b>
      {task.note && (
        <Text span size="xs" c="dimmed" display="block" style={{ whiteSpace: 'pre-line' }}>
          {task.note}
        </Text>
      )}
      {task.message?.state === 'waiting' && task.doneAt === null && <ByHand task={task} />}
    </>
  )
}

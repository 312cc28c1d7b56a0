import {
  Button,
  CopyButton,
  Group,
  Modal,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { IconCheck, IconCopy, IconExternalLink, IconPlus } from '@tabler/icons-react'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { api, type Item } from '../api.ts'
import { nameOf } from '../format.ts'
import { FormProblem, Pill, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { Empty, Page } from '../parts/page.tsx'
import { DataTable } from '../parts/table.tsx'
import { queryClient, showRefusal, toast, useAct, usePages } from '../query.ts'

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
      {adding && <NewTask onClose={() => setAdding(false)} />}
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

function NewTask({ onClose }: { onClose(): void }) {
  const members = useMembers()
  const form = useForm({ initialValues: { title: '', note: '', assigneeId: null as string | null, due: '', '': '' } })
  const submit = form.onSubmit(async ({ title, note, assigneeId, due }) => {
    try {
      await api('POST /tasks', {
        body: { title, note: note.trim() || null, assigneeId, dueAt: due ? new Date(due).toISOString() : null },
      })
      void queryClient.invalidateQueries()
      toast('Task added')
      onClose()
    } catch (problem) {
      showRefusal(form, problem, ['title', 'note', 'assigneeId'])
    }
  })
  return (
    <Modal opened onClose={onClose} title="New task">
      <form onSubmit={submit}>
        <Stack>
          <FormProblem text={form.errors[''] as string | undefined} />
          <TextInput label="Title" required data-autofocus {...form.getInputProps('title')} />
          <Textarea label="Note" autosize minRows={2} {...form.getInputProps('note')} />
          <Select
            label="For"
            data={members}
            clearable
            searchable
            placeholder="Anyone"
            {...form.getInputProps('assigneeId')}
          />
          <TextInput label="Due" type="datetime-local" {...form.getInputProps('due')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={form.submitting}>
              Add task
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

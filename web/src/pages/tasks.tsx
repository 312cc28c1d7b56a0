import { Anchor, Button, CopyButton, Group, Modal, SegmentedControl, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconExternalLink, IconPlus } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { api, type Item } from '../api.ts'
import { profileLink } from '../customer/contacts.tsx'
import { count, nameOf, plural } from '../format.ts'
import { Pill, Time } from '../parts/bits.tsx'
import { useMembers } from '../parts/choices.ts'
import { Empty, Page } from '../parts/page.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { sortIn } from '../parts/sorted.ts'
import { DataTable } from '../parts/table.tsx'
import { TaskDialog } from '../parts/task-dialog.tsx'
import { queryClient, toast, toastProblem, useAct, usePages } from '../query.ts'

type Task = Item<'GET /tasks'>

const CustomerSideDrawer = lazy(() =>
  import('../customer/drawer.tsx').then((module) => ({ default: module.CustomerSideDrawer })),
)
const kinds = { todo: 'To do', handoff: 'Handoff', linkedin: 'LinkedIn' } as const

const dayMs = 86_400_000

/** Below which heading a task stands: by when it is due. */
function dueGroup(dueAt: string | null, now = new Date()): string {
  if (dueAt === null) return 'Without a date'
  const due = new Date(dueAt)
  if (due < now) return 'Overdue'
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1)
  if (due < midnight) return 'Today'
  return due.getTime() < midnight.getTime() + 6 * dayMs ? 'In the next 7 days' : 'Later'
}

/** What people have to do: handoffs of campaigns, messages to send on LinkedIn, tasks made by hand; what is due first stands first. */
export function TasksPage() {
  const search = useSearch({ from: '/signed-in/shell/tasks' })
  const navigate = useNavigate({ from: '/tasks' })
  const members = useMembers()
  const [adding, setAdding] = useState(false)
  const [reading, setReading] = useState<Task | null>(null)
  const status = search.state === 'done' ? 'done' : 'open'
  const mine = search.who === 'me'
  const order = sortIn(search.sort, ['title', 'kind', 'dueAt', 'doneAt'])
  const usual = status === 'open' ? ({ sort: 'due' } as const) : {}
  const list = usePages(
    'GET /tasks',
    {
      query: {
        status,
        limit: 100,
        total: 'true',
        ...(mine && { assigneeId: 'me' }),
        ...(search.q && { q: search.q }),
        ...(order.sort ? order : usual),
      },
    },
    { live: true },
  )
  const reopen = useAct('POST /tasks/:id/reopen', { done: (task) => `“${task.title}” is open again` })
  const done = useAct('POST /tasks/:id/done', {
    after(task) {
      // A message that was sent by hand stays sent.
      if (task.message) return toast(`“${task.title}” done`)
      toast(
        <>
          “{task.title}” done ·{' '}
          <Anchor component="button" type="button" size="sm" onClick={() => reopen.mutate({ params: { id: task.id } })}>
            Undo
          </Anchor>
        </>,
      )
    },
  })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [finishing, setFinishing] = useState(false)
  const picked = list.items.filter(({ id, doneAt }) => chosen.has(id) && doneAt === null)
  /** One after the other: a message by hand may be refused, and then the rest stays chosen. */
  const finishAll = async () => {
    setFinishing(true)
    let n = 0
    try {
      for (const { id } of picked) {
        await api('POST /tasks/:id/done', { params: { id } })
        n += 1
      }
      setChosen(new Set())
    } catch (problem) {
      toastProblem(problem)
    }
    if (n > 0) toast(`${plural(n, 'task')} done`)
    setFinishing(false)
    void queryClient.invalidateQueries()
  }
  const finish = (task: Task) => done.mutate({ params: { id: task.id } })
  const go = (change: Partial<typeof search>) =>
    void navigate({ search: (was) => ({ ...was, ...change }), replace: true })
  return (
    <Page
      title="Tasks"
      actions={
        <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
          New task
        </Button>
      }
    >
      <Group gap={8} mb={12}>
        <SegmentedControl
          aria-label="Which tasks"
          data={[
            { value: 'open', label: 'Open' },
            { value: 'done', label: 'Done' },
          ]}
          value={status}
          onChange={(value) => go({ state: value === 'done' ? 'done' : undefined, sort: undefined })}
        />
        <SegmentedControl
          aria-label="Whose tasks"
          data={[
            { value: 'all', label: 'Everybody’s' },
            { value: 'me', label: 'Mine' },
          ]}
          value={mine ? 'me' : 'all'}
          onChange={(value) => go({ who: value === 'me' ? 'me' : undefined })}
        />
        <SearchField label="Search tasks" value={search.q ?? ''} onChange={(q) => go({ q: q || undefined })} />
        {status === 'open' && list.items.length > 0 && (
          <Text size="xs" c="dimmed" visibleFrom="sm">
            j, k walk · x chooses · e done · Enter opens
          </Text>
        )}
      </Group>
      <div className="tl-card">
        <DataTable<Task>
          label="Tasks"
          chooser="tasks"
          list={list}
          sorting={{ by: order.sort, onChange: (sort) => go({ sort }) }}
          idOf={(task) => task.id}
          href={({ customer }) => (customer ? `/customers/${customer.id}` : undefined)}
          onOpen={(task) => (task.customer ? go({ open: task.customer.id }) : setReading(task))}
          {...(status === 'open' && { rowKeys: { e: finish }, selection: { chosen, onChange: setChosen } })}
          {...(status === 'open' && !order.sort && { groupOf: (task: Task) => dueGroup(task.dueAt) })}
          columns={[
            { title: 'Task', sort: 'title', phone: 'bare', cell: (task) => task.title },
            { title: 'Note', phone: 'bare', cell: (task) => <TaskNote task={task} /> },
            {
              title: 'Kind',
              sort: 'kind',
              phone: 'bare',
              cell: (task) => <Pill tone={task.kind === 'handoff' ? 'good' : 'flat'}>{kinds[task.kind]}</Pill>,
            },
            {
              title: 'Customer',
              phone: 'bare',
              cell: ({ customer }) =>
                customer ? <bdi>{nameOf(customer)}</bdi> : <span className="tl-muted tl-none">—</span>,
            },
            {
              title: 'For',
              phone: 'hide',
              cell: (task) => (
                <span className="tl-person">
                  {members.find((member) => member.value === task.assigneeId)?.label ?? 'Anyone'}
                </span>
              ),
            },
            {
              title: status === 'done' ? 'Done' : 'Due',
              sort: status === 'done' ? 'doneAt' : 'dueAt',
              phone: 'bare',
              cell: (task) => {
                const at = status === 'done' ? task.doneAt : task.dueAt
                return at ? <Time at={at} /> : <span className="tl-muted tl-none">—</span>
              },
            },
            ...(status === 'open'
              ? [
                  {
                    title: 'Finish',
                    phone: 'bare' as const,
                    cell: (task: Task) => (
                      <Button
                        className="tl-over"
                        size="compact-sm"
                        variant="light"
                        leftSection={<IconCheck size={14} />}
                        aria-label={`Mark “${task.title}” as done`}
                        onClick={() => finish(task)}
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
            search.q ? (
              <Empty
                title={`Nothing matches “${search.q}”`}
                action={
                  <Button variant="default" onClick={() => go({ q: undefined })}>
                    Clear filters
                  </Button>
                }
              />
            ) : (
              <Empty title={status === 'done' ? 'Nothing done yet' : 'All done.'}>
                {status === 'open' && 'Handoffs and LinkedIn messages of campaigns land here.'}
              </Empty>
            )
          }
        />
      </div>
      {picked.length > 0 && (
        <div className="tl-bulk" role="toolbar" aria-label="What to do with the chosen tasks">
          <Text size="sm" fw={600} role="status">
            {plural(picked.length, 'task')} chosen
          </Text>
          <Button size="compact-sm" variant="default" loading={finishing} onClick={() => void finishAll()}>
            Mark {count(picked.length)} as done
          </Button>
          <Button size="compact-sm" variant="subtle" onClick={() => setChosen(new Set())}>
            Clear
          </Button>
        </div>
      )}
      {adding && <TaskDialog onClose={() => setAdding(false)} />}
      {reading && (
        <Modal opened onClose={() => setReading(null)} title={reading.title}>
          <Text style={{ whiteSpace: 'pre-line' }}>{reading.note ?? 'No note.'}</Text>
          <Text size="sm" c="dimmed" mt={8}>
            Added <Time at={reading.createdAt} />, due <Time at={reading.dueAt} />
          </Text>
        </Modal>
      )}
      {search.open && (
        <Suspense>
          <CustomerSideDrawer
            id={search.open}
            view={{ tab: search.tab, kind: search.kind }}
            onView={({ tab, kind }) => go({ tab, kind })}
            onClose={() => go({ open: undefined, tab: undefined, kind: undefined })}
          />
        </Suspense>
      )}
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
      className="tl-over"
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
  const url = given && profileLink(given)
  return (
    <Group gap={6} mt={4} className="tl-over">
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

function TaskNote({ task }: { task: Task }) {
  return (
    <>
      {task.note && (
        <Text span size="xs" c="dimmed" lineClamp={3} style={{ whiteSpace: 'pre-line' }} title={task.note}>
          {task.note}
        </Text>
      )}
      {task.message?.state === 'waiting' && task.doneAt === null && <ByHand task={task} />}
    </>
  )
}

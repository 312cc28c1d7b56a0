import { Anchor, Text, Title } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { nameOf } from '../format.ts'
import { Time } from '../parts/bits.tsx'
import { linkTo } from '../parts/link.ts'
import { Empty, Show } from '../parts/page.tsx'
import { liveMs, useAct, useApi } from '../query.ts'
import { useMe } from '../session.tsx'

/** The tasks of the person at the screen, done with one click; nothing while somebody new has none. */
export function MyTasks({ quiet }: { quiet: boolean }) {
  const me = useMe()
  const mine = me.memberId === null ? {} : { assigneeId: 'me' as const }
  const tasks = useApi(
    'GET /tasks',
    { query: { status: 'open', sort: 'due', limit: 6, ...mine } },
    { refetchInterval: liveMs },
  )
  const done = useAct('POST /tasks/:id/done', { done: (task) => `“${task.title}” done` })
  if (quiet && (tasks.data?.items.length ?? 0) === 0) return null
  return (
    <section className="tl-card" aria-label="My tasks">
      <div className="tl-home-head">
        <Title order={2}>My tasks</Title>
        {(tasks.data?.items.length ?? 0) > 0 && (
          <Anchor component={Link} {...linkTo(me.memberId === null ? '/tasks' : '/tasks?who=me')} size="sm">
            All tasks
          </Anchor>
        )}
      </div>
      <Show of={tasks} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No open tasks">Handoffs from campaigns land here.</Empty>
          ) : (
            <ul className="tl-todo">
              {items.map(({ id, title, customer, dueAt, note }) => (
                <li key={id} data-late={dueAt !== null && new Date(dueAt) < new Date() ? true : undefined}>
                  <button
                    type="button"
                    className="tl-todo-check"
                    aria-label={`Mark “${title}” as done`}
                    title="Mark as done"
                    disabled={done.isPending && done.variables.params?.id === id}
                    onClick={() => done.mutate({ params: { id } })}
                  >
                    <IconCheck size={12} stroke={3} aria-hidden />
                  </button>
                  <div>
                    <div className="tl-todo-title">{title}</div>
                    <Text size="xs" c="dimmed" component="div" className="tl-todo-about">
                      {customer && (
                        <Link to="/customers/$id" params={{ id: customer.id }} className="tl-people">
                          {nameOf(customer)}
                        </Link>
                      )}
                      {note && <span>{note}</span>}
                      {dueAt && (
                        <span className="tl-todo-due">
                          due <Time at={dueAt} />
                        </span>
                      )}
                    </Text>
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Show>
    </section>
  )
}

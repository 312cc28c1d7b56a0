import { Button } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { Time } from '../parts/bits.tsx'
import type { Customer } from '../parts/customer-fields.ts'
import { useAct, useApi } from '../query.ts'

/** What somebody still has to do about a customer. Nothing where there is nothing. */
export function OpenTasks({ customer }: { customer: Customer }) {
  const tasks = useApi('GET /tasks', { query: { customerId: customer.id, status: 'open', limit: 20 } }).data?.items
  const done = useAct('POST /tasks/:id/done', { done: (task) => `“${task.title}” done` })
  if (!tasks || tasks.length === 0) return null
  return (
    <section className="tl-now" aria-label="Open tasks">
      {tasks.map((task) => (
        <div key={task.id} className="tl-now-line">
          <span>
            <b>{task.title}</b>{' '}
            {task.dueAt && (
              <span className="tl-muted">
                due <Time at={task.dueAt} />
              </span>
            )}
          </span>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconCheck size={14} />}
            aria-label={`Mark “${task.title}” as done`}
            onClick={() => done.mutate({ params: { id: task.id } })}
          >
            Done
          </Button>
        </div>
      ))}
    </section>
  )
}

import './overview.css'
import { Text, Title } from '@mantine/core'
import { clockTime, count, exact, plural } from '../format.ts'
import { Show } from '../parts/page.tsx'
import { useApi } from '../query.ts'

/** How often it is read again, in ms. */
const readAgainMs = 30_000
/** One label below so many bars. */
const labelled = 6

/** What goes on by itself in the next 24 hours: waits that end and messages that are queued, by the hour. */
export function NextHours({ campaignId }: { campaignId: string }) {
  const upcoming = useApi(
    'GET /campaigns/:id/upcoming',
    { params: { id: campaignId } },
    { refetchInterval: readAgainMs, placeholderData: (before) => before },
  )
  return (
    <section className="tl-card" style={{ padding: 16 }} aria-label="Next 24 hours">
      <Title order={2} mb={8}>
        Next 24 hours
      </Title>
      <Show of={upcoming} rows={3}>
        {({ hours, paused, exact: isExact, messagesHeld }) => {
          const waits = hours.reduce((sum, { waitsEnding }) => sum + waitsEnding, 0)
          const messages = hours.reduce((sum, { messagesQueued }) => sum + messagesQueued, 0)
          const most = Math.max(1, ...hours.map((hour) => hour.waitsEnding + hour.messagesQueued))
          const about = isExact ? '' : 'about '
          return (
            <>
              {paused && waits + messages > 0 && (
                <Text size="sm" mb={8}>
                  Paused: nothing goes on. Resumed now, with waits kept, it would be this.
                </Text>
              )}
              {messagesHeld > 0 && (
                <Text size="sm" mb={8}>
                  {plural(messagesHeld, 'written message')} {messagesHeld === 1 ? 'is' : 'are'} held until{' '}
                  {messagesHeld === 1 ? 'its' : 'their'} sender works again and sending is on.
                </Text>
              )}
              {waits + messages === 0 ? (
                <Text c="dimmed">No wait ends and no message is queued for the next 24 hours.</Text>
              ) : (
                <>
                  <div className="tl-hours" aria-hidden>
                    {hours.map(({ at, waitsEnding, messagesQueued }) => (
                      <span
                        key={at}
                        title={`From ${exact(at)}: ${plural(waitsEnding, 'wait')} ${waitsEnding === 1 ? 'ends' : 'end'}, ${plural(messagesQueued, 'queued message')}`}
                      >
                        {messagesQueued > 0 && (
                          <i data-of="messages" style={{ height: `${(messagesQueued / most) * 100}%` }} />
                        )}
                        {waitsEnding > 0 && <i style={{ height: `${(waitsEnding / most) * 100}%` }} />}
                      </span>
                    ))}
                  </div>
                  <div className="tl-hours-axis" aria-hidden>
                    {hours
                      .filter((_, index) => index % labelled === 0)
                      .map(({ at }) => (
                        <span key={at}>{clockTime(at)}</span>
                      ))}
                  </div>
                  <div className="tl-hours-key">
                    <span>
                      <i aria-hidden />
                      {about}
                      {plural(waits, 'wait')} {waits === 1 ? 'ends' : 'end'}
                    </span>
                    {messages > 0 && (
                      <span>
                        <i aria-hidden data-of="messages" />
                        {about}
                        {plural(messages, 'queued message')}
                      </span>
                    )}
                  </div>
                  <Text size="xs" c="dimmed" mt={4}>
                    A wait that ends leads to the next step. Whether that sends is decided then.
                  </Text>
                  <HourTable hours={hours} />
                </>
              )}
            </>
          )
        }}
      </Show>
    </section>
  )
}

function HourTable({ hours }: { hours: { at: string; waitsEnding: number; messagesQueued: number }[] }) {
  return (
    <details style={{ marginTop: 8 }}>
      <summary style={{ fontSize: 12 }}>Hour by hour</summary>
      <table className="tl-table" aria-label="Next 24 hours, hour by hour">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" data-align="right">
              Waits that end
            </th>
            <th scope="col" data-align="right">
              Queued messages
            </th>
          </tr>
        </thead>
        <tbody>
          {hours
            .filter((hour) => hour.waitsEnding + hour.messagesQueued > 0)
            .map((hour) => (
              <tr key={hour.at}>
                <td>{exact(hour.at)}</td>
                <td data-align="right" data-label="Waits that end">
                  {count(hour.waitsEnding)}
                </td>
                <td data-align="right" data-label="Queued messages">
                  {count(hour.messagesQueued)}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </details>
  )
}

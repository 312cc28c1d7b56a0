import { Text } from '@mantine/core'
import type { ComponentProps, ReactNode } from 'react'
import { count } from '../format.ts'
import { PeopleBehind } from './waterfall-people.tsx'

type PeopleLine = NonNullable<ComponentProps<typeof PeopleBehind>['of']['line']>

interface Step {
  reason: string
  count: number
}

const taken: Record<string, string> = {
  excluded: 'in the excluded segment',
  archived: 'archived',
  inside: 'already inside',
  'went-through': 'went through before',
}
const passedOver: Record<string, string> = {
  'no-address': 'have no address',
  suppressed: 'are suppressed',
  capped: 'are at the frequency cap now',
}

/** From matched to enrolled, line by line, and who of them no message will reach. */
export function Waterfall({
  matched,
  steps,
  willEnroll,
  campaignId,
  onPeople = () => {},
}: {
  matched: number
  steps: readonly Step[]
  willEnroll: number
  /** Makes each number open the customers behind it. */
  campaignId?: string
  /** Told while such a list is open: the dialog around then leaves Escape to it. */
  onPeople?(open: boolean): void
}) {
  const people = (line: PeopleLine, n: number, text: string, label: string): ReactNode =>
    campaignId === undefined ? (
      text
    ) : (
      <PeopleBehind campaignId={campaignId} of={{ line }} n={n} text={text} label={label} onPeople={onPeople} />
    )
  const minus = steps.filter((step) => step.reason in taken && step.count > 0)
  const without = steps.filter((step) => step.reason in passedOver && step.count > 0)
  return (
    <table className="tl-number" style={{ borderCollapse: 'collapse' }}>
      <tbody>
        <Line n={people('matched', matched, count(matched), 'match the audience')} text="match the audience" />
        {minus.map((step) => (
          <Line
            key={step.reason}
            n={people(
              step.reason as PeopleLine,
              step.count,
              `− ${count(step.count)}`,
              taken[step.reason] ?? step.reason,
            )}
            text={taken[step.reason] ?? step.reason}
            muted
          />
        ))}
        <Line n={people('will-enroll', willEnroll, count(willEnroll), 'will enroll')} text="will enroll" strong />
        {without.map((step) => (
          <Line
            key={step.reason}
            n={people(step.reason as PeopleLine, step.count, count(step.count), passedOver[step.reason] ?? step.reason)}
            text={`of those ${passedOver[step.reason]}: they enroll and are passed over at their message`}
            muted
          />
        ))}
      </tbody>
    </table>
  )
}

function Line({ n, text, strong, muted }: { n: ReactNode; text: string; strong?: boolean; muted?: boolean }) {
  return (
    <tr>
      <td
        style={{
          textAlign: 'right',
          paddingRight: 10,
          verticalAlign: 'top',
          fontWeight: strong ? 700 : 500,
          borderTop: strong ? '1px solid var(--tl-line)' : undefined,
        }}
      >
        {n}
      </td>
      <td style={{ borderTop: strong ? '1px solid var(--tl-line)' : undefined }}>
        <Text span {...(muted && { c: 'dimmed' })} fw={strong ? 700 : 400}>
          {text}
        </Text>
      </td>
    </tr>
  )
}

import { describe, expect, it } from 'vitest'
import { judgeMessage, type MessageOutcomeLabel, messageOutcomes } from './outcomes.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute))
const windowEndsAt = at(60)
const subsets = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_item, index) => bits & (1 << index)))

/** The rules once more, as a person would look them up: for each set of edges and each set of what happened. */
function expected(
  edges: MessageOutcomeLabel[],
  heard: MessageOutcomeLabel[],
  ended: boolean,
): MessageOutcomeLabel | '' | 'rest' {
  if (heard.includes('bounced')) return edges.includes('bounced') ? 'bounced' : ''
  if (edges.length === 0) return ''
  const happened = (label: MessageOutcomeLabel) => edges.includes(label) && heard.includes(label)
  if (happened('replied')) return 'replied'
  if (happened('clicked')) return ended || !edges.includes('replied') ? 'clicked' : 'rest'
  if (happened('opened')) return ended || !(edges.includes('replied') || edges.includes('clicked')) ? 'opened' : 'rest'
  return ended ? '' : 'rest'
}

describe('the way out of a message node', () => {
  const cases = subsets(messageOutcomes).flatMap((edges) =>
    subsets(messageOutcomes).flatMap((heard) =>
      [false, true].map((ended) => ({ edges, heard, ended, way: expected(edges, heard, ended) })),
    ),
  )
  it.each(cases)(
    'with edges $edges and $heard heard, window ended: $ended → “$way”',
    ({ edges, heard, ended, way }) => {
      const judged = judgeMessage(
        { sent: true, heard: Object.fromEntries(heard.map((label) => [label, at(10)])), windowEndsAt },
        new Set(edges),
        ended ? windowEndsAt : at(20),
      )
      expect(judged.is === 'rest' ? 'rest' : judged.when).toBe(way)
    },
  )

  it('takes the default way at once when the message was not sent, whatever edges there are', () => {
    expect(
      judgeMessage({ sent: false, heard: {}, windowEndsAt }, new Set(['replied', 'bounced']), at(1)),
    ).toMatchObject({ when: '' })
  })

  it('counts what happened at the very end of the window, and nothing after it', () => {
    const edges = new Set<MessageOutcomeLabel>(['replied'])
    expect(judgeMessage({ sent: true, heard: { replied: windowEndsAt }, windowEndsAt }, edges, at(61))).toMatchObject({
      when: 'replied',
    })
    expect(judgeMessage({ sent: true, heard: { replied: at(61) }, windowEndsAt }, edges, at(62))).toMatchObject({
      when: '',
    })
  })
})

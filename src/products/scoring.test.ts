import { describe, expect, it } from 'vitest'
import { defaultCriterion, productScore, weightsHint } from './scoring.ts'

describe('productScore', () => {
  it('is the mean by weight over the criteria that have a score', () => {
    expect(productScore([])).toBeNull()
    expect(productScore([{ score: 0.5, weight: 0.2 }])).toBe(0.5)
    expect(
      productScore([
        { score: 1, weight: 0.75 },
        { score: -1, weight: 0.25 },
      ]),
    ).toBe(0.5)
  })

  it('counts criteria alike where all weights are 0', () => {
    expect(
      productScore([
        { score: 1, weight: 0 },
        { score: 0, weight: 0 },
      ]),
    ).toBe(0.5)
  })
})

describe('defaultCriterion', () => {
  const criterion = (id: string, type: 'profile' | 'engagement' | 'conversation', weight: number) => ({
    id,
    type,
    weight,
  })

  it('is the engagement one, else the only one, else the heaviest, else the oldest', () => {
    expect(defaultCriterion([])).toBeUndefined()
    expect(defaultCriterion([criterion('a', 'profile', 0.1)])?.id).toBe('a')
    expect(defaultCriterion([criterion('a', 'profile', 0.1), criterion('b', 'conversation', 0.9)])?.id).toBe('b')
    expect(defaultCriterion([criterion('a', 'profile', 0.9), criterion('b', 'engagement', 0.1)])?.id).toBe('b')
    expect(defaultCriterion([criterion('b', 'profile', 0.5), criterion('a', 'profile', 0.5)])?.id).toBe('a')
  })
})

describe('weightsHint', () => {
  it('speaks up when weights do not add up to 1', () => {
    const weigh = (...weights: number[]) =>
      weightsHint(weights.map((weight) => ({ id: String(weight), type: 'profile', weight })))
    expect(weigh()).toBeNull()
    expect(weigh(0.1, 0.2, 0.7)).toBeNull()
    expect(weigh(0.5, 0.2)).toContain('0.7')
  })
})

import { expect, it } from 'vitest'
import { execute } from '../../../test/node-step.ts'
import conditionalSplit from './conditional-split.ts'

const branches = [
  { id: 'rest', label: 'Everyone else', default: true },
  { id: 'vn', label: 'Vietnam' },
  { id: 'vip', label: 'VIP' },
]
const guard = (branch: string, verdict: boolean | 'unasked', fallback = false) => ({
  branch,
  fallback,
  judge() {
    if (verdict === 'unasked') throw new Error(`${branch} was judged.`)
    return { holds: verdict, why: { code: 'rules', text: `customer.country is “${branch}”` } }
  },
})

it('takes the first branch whose path holds, and says why', () => {
  const guards = [guard('rest', 'unasked', true), guard('vn', true), guard('vip', 'unasked')]
  expect(execute(conditionalSplit, { config: { branches }, guards })).toEqual({
    is: 'leave',
    when: 'vn',
    output: { branch: 'vn', label: 'Vietnam' },
    effects: [],
    why: { code: 'branch', text: 'customer.country is “vn”, so branch “Vietnam”.' },
  })
})

it('takes the default branch when no other holds, wherever it stands in the list', () => {
  const guards = [guard('rest', 'unasked', true), guard('vn', false), guard('vip', false)]
  const outcome = execute(conditionalSplit, { config: { branches }, guards })
  expect(outcome).toMatchObject({ is: 'leave', when: 'rest', why: { code: 'default_branch' } })
})

it('ends the run where no branch holds and none is the default', () => {
  const guards = [guard('vn', false), guard('vip', false)]
  const outcome = execute(conditionalSplit, { config: { branches: branches.slice(1) }, guards })
  expect(outcome).toMatchObject({ is: 'end', status: 'succeeded', reason: 'no-branch' })
})

it('refuses branch ids that are names in JavaScript objects', () => {
  const parse = (id: string) => conditionalSplit.config.safeParse({ branches: [{ id, label: 'x' }] }).success
  expect(['__proto__', '', ' a'].map(parse)).toEqual([false, false, false])
  expect(['a', 'Việt Nam', 'branch_1', '2'].map(parse)).toEqual([true, true, true, true])
})

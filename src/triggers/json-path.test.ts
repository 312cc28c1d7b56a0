import { describe, expect, it } from 'vitest'
import { pathFault, valueAt } from './json-path.ts'

const body = {
  customer: { email: 'ann@example.com', 'external-id': 7, list: ['a', 'b'] },
  contacts: [
    { primary: false, email: 'no@example.com' },
    { primary: true, email: 'yes@example.com' },
  ],
  constructor: { name: 'mine' },
}

describe('a JSONPath', () => {
  it('finds the first value that it names', () => {
    expect(valueAt('$.customer.email', body)).toBe('ann@example.com')
    expect(valueAt("$.customer['external-id']", body)).toBe(7)
    expect(valueAt('$.customer.list[-1]', body)).toBe('b')
    expect(valueAt('$..email', body)).toBe('ann@example.com')
    expect(valueAt('$.contacts[?@.primary == true].email', body)).toBe('yes@example.com')
    expect(valueAt('$.missing.email', body)).toBeUndefined()
    expect(valueAt('$.customer.email', 'just a text')).toBeUndefined()
  })

  it('sees what the body has, and nothing of the program', () => {
    expect(valueAt('$.constructor.name', body)).toBe('mine')
    expect(valueAt('$.customer.constructor', body)).toBeUndefined()
    expect(valueAt('$.__proto__.toString', body)).toBeUndefined()
    expect(valueAt('$.customer.email.length', body)).toBeUndefined()
  })

  it.each([
    ['$[(@.length-1)]', /Scripts and functions are not run/],
    ['$[?(@.a.constructor("return process")())]', /Scripts and functions are not run/],
    ["$[?(this.constructor.constructor('return process')().exit())]", /Scripts and functions are not run/],
    ["$.list[?match(@.a, '(a+)+$')]", /Scripts and functions are not run/],
    ['$[?length(@.a) > 1]', /Scripts and functions are not run/],
    ['$.a[?@.b == (() => 1)()]', /Scripts and functions are not run/],
    ['customer.email', /begins with “\$”/],
    ['', /Say where it is/],
    ['$.a b', /no JSONPath/],
    ['$..*..*..*', /“\.\.” at most once/],
    ['$[?@.a[?@.b]]', /at most one filter/],
    ['$[*][*][*][*]', /at most three/],
    [`$.${'a'.repeat(500)}`, /at most 500/],
  ])('%s is refused', (path, message) => {
    expect(pathFault(path)).toMatchObject({ code: 'invalid_json_path', message: expect.stringMatching(message) })
  })

  it('may have brackets and question marks in a name', () => {
    expect(pathFault("$['why?(really)..']")).toBeNull()
    expect(valueAt("$['why?(really)..']", { 'why?(really)..': 'so' })).toBe('so')
  })

  it('answers a deep document without running out of stack', () => {
    let deep: unknown = 'end'
    for (let depth = 0; depth < 60; depth += 1) deep = { a: deep }
    expect(valueAt('$..email', deep)).toBeUndefined()
  })
})

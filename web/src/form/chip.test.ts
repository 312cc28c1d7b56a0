import { describe, expect, it } from 'vitest'
import { chipsIn, faultOfPath, readChip, writeChip } from './chip.ts'

describe('a variable in a text', () => {
  it.each([
    ['{{customer.firstName}}', { path: 'customer.firstName', fallback: null, format: '' }],
    ['{{customer.firstName | default: "there"}}', { path: 'customer.firstName', fallback: 'there', format: '' }],
    [
      '{{customer.firstName | capitalize | default: "you | me"}}',
      { path: 'customer.firstName', fallback: 'you | me', format: 'capitalize' },
    ],
    [`{{product.name | default: 'a "b"'}}`, { path: 'product.name', fallback: 'a "b"', format: '' }],
  ])('is read and written the same: %s', (code, chip) => {
    expect(readChip(code)).toEqual(chip)
    expect(writeChip(chip)).toBe(code)
  })

  it.each([
    ['{{ a | split: "," | first }}'],
    ['{{ customer.tags[0] }}'],
    ['{{a.b | default: "x" | upcase}}'],
    ['{% if a %}'],
  ])('is left to Raw where it says more: %s', (code) => expect(readChip(code)).toBe(null))

  it('is known, or the nearest name is offered', () => {
    const known = [{ path: 'node.email-1.output.sent' }]
    expect(faultOfPath('customer.attributes.anything', known)).toBe(null)
    expect(faultOfPath('node.email-1.output.sent', known)).toBe(null)
    expect(faultOfPath('unsubscribeUrl', known)).toBe(null)
    expect(faultOfPath('customer.firstname', known)?.nearest).toBe('customer.firstName')
    expect(faultOfPath('node.email-2.output.sent', known)?.nearest).toBe(null)
  })

  it('is found once in a text, quotes and all', () => {
    expect(chipsIn('a {{b.c}} {{b.c}} {% if {{ %} {{ d | default: "}}" }}')).toEqual([
      '{{b.c}}',
      '{{ d | default: "}}" }}',
    ])
  })
})

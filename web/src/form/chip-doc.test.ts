import { describe, expect, it } from 'vitest'
import { manyLines, oneLine, piecesOf, readSlice, readText, writeText } from './chip-doc.ts'

describe('a text with chips', () => {
  it.each([
    '',
    'Hello',
    'Hi {{customer.firstName | default: "there"}}, {{ product.name }}!',
    '{{customer.firstName}}{{customer.lastName}}',
    '  blanks  stay  ',
    'Zoë {{ 🙂 =cmd() שלום',
    '{% if customer.country == "VN" %}Xin chào{% else %}Hello{% endif %} {{ a | default: "}}" }}',
    '{{}} {{ }} { { } }',
    'مرحبا {{customer.firstName}} 👩‍👩‍👧',
  ])('is kept and sent as it was: %s', (text) => {
    expect(writeText(readText(oneLine, text))).toBe(text)
    expect(writeText(readText(manyLines, `${text}\n\n${text}\n`))).toBe(`${text}\n\n${text}\n`)
    expect(
      piecesOf(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text)
  })

  it('has a chip for what prints, and words for the rest', () => {
    expect(piecesOf('a {{b.c}} {% if {{ %} {{ d | default: "}}" }}{{ }}')).toEqual([
      { text: 'a ', isVariable: false },
      { text: '{{b.c}}', isVariable: true },
      { text: ' {% if {{ %} ', isVariable: false },
      { text: '{{ d | default: "}}" }}', isVariable: true },
      { text: '{{ }}', isVariable: false },
    ])
  })

  it('that is pasted into a field of one line becomes one line', () => {
    const line = readSlice(oneLine, 'Quick\r\n\r\nquestion,\n{{customer.firstName}}\n').content
    expect(line.textBetween(0, line.size)).toBe('Quick question, {{customer.firstName}}')
    const lines = readSlice(manyLines, 'One\r\n\nThree {{customer.email}}').content
    expect(lines.childCount).toBe(3)
    expect(lines.textBetween(0, lines.size, '\n')).toBe('One\n\nThree {{customer.email}}')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkTemplate, createFullEngine, readValue, renderShort } from './template.ts'

const scope = {
  customer: { firstName: 'Minh', tags: ['vip', 'new'], attributes: { seats: 60, 'plan-name': 'pro' }, company: null },
  node: { 'email-1': { output: { sent: false } } },
}

describe('readValue', () => {
  it('answers with the value itself, not with its text', () => {
    expect(readValue('node.email-1.output.sent', scope)).toBe(false)
    expect(readValue('{{ node.email-1.output.sent }}', scope)).toBe(false)
    expect(readValue('{{customer.attributes.seats | plus: 1}}', scope)).toBe(61)
    expect(readValue('customer.tags', scope)).toEqual(['vip', 'new'])
    expect(readValue('customer.tags.size', scope)).toBe(2)
    expect(readValue('customer.attributes.plan-name', scope)).toBe('pro')
  })

  it('answers undefined for what is not there', () => {
    const paths = ['customer.nope', 'customer.company.name', 'nope.deeper.still', '{{ customer.nope }}']
    expect(paths.map((path) => readValue(path, scope))).toEqual([undefined, undefined, undefined, undefined])
  })

  it('sees own properties alone', () => {
    const paths = [
      'customer.constructor',
      'customer.__proto__',
      'customer.firstName.length',
      '{{customer.constructor}}',
    ]
    expect(paths.map((path) => readValue(path, scope))).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('renderShort', () => {
  it('fills in values and filters', () => {
    expect(renderShort('Call {{customer.firstName | upcase}}: {{customer.nope | default: "?"}}', scope)).toBe(
      'Call MINH: ?',
    )
  })

  it('shows dates as they are in UTC, wherever the server stands', () => {
    const at = { at: new Date('2027-03-01T23:30:00Z') }
    expect(renderShort('{{ at | date: "%Y-%m-%d %H:%M" }}', at)).toBe('2027-03-01 23:30')
  })

  it('stops what would grow without bound', () => {
    expect(() => renderShort('{{ "2027-01-01" | date: "%99999999d" }}', scope)).toThrow(/limit/)
    const doubling = `{{ x ${'| append: x '.repeat(50)}}}`
    expect(() => renderShort(doubling, { x: 'y'.repeat(50_000) })).toThrow(/limit/)
  })
})

describe('checkTemplate', () => {
  const faults = (text: string, mode: 'short' | 'full' | 'value') =>
    checkTemplate(text, { mode }).problems.map(({ message }) => message)

  it('names the variables that come from outside', () => {
    const text = `{% assign me = customer.firstName %}{{ me }} {% for tag in customer.tags %}{{ tag }}{% endfor %}
      {{ customer.attributes[customer.language] }} {{ node.email-1.output.sent }}`
    expect(checkTemplate(text, { mode: 'full' }).variables).toEqual([
      ['customer', 'firstName'],
      ['customer', 'tags'],
      ['customer', 'attributes', '*'],
      ['customer', 'language'],
      ['node', 'email-1', 'output', 'sent'],
    ])
    expect(checkTemplate(' customer.country ', { mode: 'value' }).variables).toEqual([['customer', 'country']])
  })

  it('say the line and column, wherever that is', () => {
    const parts = fc.array(
      fc.constantFrom('\n', 'a', '\r\n', '{{customer.firstName}}', '{% assign x = 1 %}', 'ễ', '🙂'),
    )
    fc.assert(
      fc.property(parts, parts, (before, after) => {
        const head = before.join('')
        const text = `x${head}{{ x | shout }}${after.join('')}`
        const [line, column] = [head.split('\n').length, `x${head}`.split('\n').at(-1)?.length ?? 0]
        expect(faults(text, 'full')).toEqual([`There is no filter “shout” (line ${line}, column ${column + 1}).`])
      }),
    )
  })

  it('name the loop that would turn too often, alone or with those around it', () => {
    const fault = (text: string) => faults(text, 'full')[0]
    expect(fault('Hi\n {% for i in (1..100000000) %}x{% endfor %}')).toBe(
      '{% for i in (1..100000000) %} would turn 100,000,000 times; a loop may turn 10,000 times (line 2, column 2).',
    )
    const nested =
      '{% for i in (1..200) %}{% if a %}{% tablerow j in (1..100) %}x{% endtablerow %}{% endif %}{% endfor %}'
    expect(fault(nested)).toContain('{% tablerow j in (1..100) %} would turn 20,000 times')
    expect(
      fault('{% for i in (1..100) %}{% for tag in customer.tags %}{{ tag }}{% endfor %}{% endfor %}'),
    ).toBeUndefined()
    expect(fault('{% for i in (9..1) %}x{% endfor %}')).toBeUndefined()
  })

  it('says in a sentence what cannot be read, and where', () => {
    expect(faults('Hi {{ customer.firstName', 'full')).toEqual([
      'The template cannot be read: output "{{ customer.firstName" not closed (line 1, column 4).',
    ])
    expect(faults('{{ x | shout }}', 'full')).toEqual(['There is no filter “shout” (line 1, column 1).'])
    expect(faults('{% shout %}', 'full')).toEqual(['There is no tag {% shout %} (line 1, column 1).'])
  })

  it('takes no tags and only simple filters in short templates', () => {
    expect(faults('{% if customer.tags %}x{% endif %}', 'short')).toEqual([
      'Only values and simple filters work here, not {% if %} (line 1, column 1).',
    ])
    expect(faults('{{ customer.tags | sort | first }}', 'short')).toEqual([
      'The filter “sort” does not work in this field (line 1, column 1).',
    ])
    expect(faults('{{ customer.tags | sort | first }}', 'full')).toEqual([])
  })

  it('takes one path or one output as a value, nothing beside it', () => {
    expect(faults('{{ customer.country | upcase }}', 'value')).toEqual([])
    for (const text of ['', 'VN and more', '{{ a }}{{ b }}', 'x {{ a }}']) expect(faults(text, 'value')).toHaveLength(1)
  })

  it.each(['include', 'render', 'layout'])('knows no {%% %s %%}: no template reads a file', (tag) => {
    expect(faults(`{% ${tag} "package.json" %}`, 'full')).toEqual([`There is no tag {% ${tag} %} (line 1, column 1).`])
  })

  it('takes text without braces as it is', () => {
    expect(checkTemplate('100 % } of {', { mode: 'short' })).toEqual({ problems: [], variables: [] })
  })
})

describe('the engine for bodies', () => {
  it('escapes values for HTML when asked to', () => {
    const html = createFullEngine({ escape: true })
    expect(html.parseAndRenderSync('<b>{{ name }}</b>', { name: '<i>"&' })).toBe('<b>&lt;i&gt;&#34;&amp;</b>')
    const text = createFullEngine({ escape: false })
    expect(text.parseAndRenderSync('{{ name }}', { name: '<i>' })).toBe('<i>')
  })

  it('stops loops without end', () => {
    const engine = createFullEngine({ escape: true })
    expect(() => engine.parseAndRenderSync('{% for i in (1..100000000) %}x{% endfor %}')).toThrow(/limit/)
  })
})

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodes } from '../nodes/index.ts'
import { leavesOf, type Schema } from '../workflow/schema.ts'
import { catalogue, parseConfig } from './catalogue.ts'

const root = join(import.meta.dirname, '../..')
const widgets = [
  ...[
    'text',
    'multiline',
    'liquid',
    'code',
    'mail',
    'number',
    'duration',
    'switch',
    'select',
    'credential',
    'template',
    'segment',
  ],
  ...[
    'criterion',
    'product',
    'member',
    'members',
    'tag',
    'rules',
    'branches',
    'weekdays',
    'time',
    'date',
    'input',
    'sendWindow',
    'suggest',
  ],
]

/** Every schema inside a schema, itself included. */
function* schemasIn(schema: Schema): Generator<Schema> {
  yield schema
  const inner = [
    ...Object.values((schema.properties ?? {}) as Record<string, Schema>),
    ...[schema.oneOf, schema.anyOf].flatMap((options) => (options ?? []) as Schema[]),
    ...(schema.items ? [schema.items as Schema] : []),
  ]
  for (const each of inner) yield* schemasIn(each)
}

describe('the catalogue', () => {
  it('holds every node type under its own name', () => {
    expect(Object.keys(catalogue).sort()).toEqual(Object.keys(nodes).sort())
    for (const [type, entry] of Object.entries(catalogue)) expect(entry.type).toBe(type)
  })

  it('is the JSON that others read', () => {
    expect(JSON.parse(readFileSync(join(import.meta.dirname, 'catalogue.json'), 'utf8'))).toEqual(catalogue)
  })

  it('is generated: nothing derived from a definition is stale', () => {
    const check = () =>
      execFileSync(process.execPath, [join(import.meta.dirname, 'generate.ts'), '--check'], {
        cwd: root,
        stdio: 'pipe',
      })
    expect(check).not.toThrow()
  })

  it('has exactly one way in', () => {
    expect(Object.values(catalogue).filter(({ entry }) => entry === 'start')).toHaveLength(1)
  })
})

describe.each(Object.values(catalogue))('$type', (entry) => {
  it('accepts its examples, and at least one is given', () => {
    expect(entry.examples.length).toBeGreaterThan(0)
    for (const example of entry.examples) {
      expect(parseConfig(entry.type, example).issues.filter(({ severity }) => severity === 'error')).toEqual([])
    }
  })

  it('has a JSON Schema of its config and output', () => {
    expect(entry.config.type === 'object' || Array.isArray(entry.config.oneOf)).toBe(true)
    expect(entry.output.type).toBe('object')
  })

  it('has a page in the docs', () => {
    expect(readFileSync(join(root, `docs/nodes/${entry.type}.md`), 'utf8')).toContain(entry.docs)
  })

  it('has an icon that exists', () => {
    const component = `Icon${entry.icon.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase())}`
    expect(existsSync(join(root, `node_modules/@tabler/icons-react/dist/esm/icons/${component}.mjs`))).toBe(true)
  })

  it('names every field, and widgets that the form has', () => {
    for (const { path, schema } of leavesOf(entry.config, entry.examples[0])) {
      if (path.length > 0 && typeof path.at(-1) === 'string') expect(schema.title, path.join('.')).toBeTruthy()
    }
    for (const schema of schemasIn(entry.config)) {
      if (schema['x-widget'] !== undefined) expect(widgets).toContain(schema['x-widget'])
    }
  })

  it('has a card text that names its own fields', () => {
    const shapes = [...schemasIn(entry.config)].filter(({ properties }) => properties !== undefined)
    const fields = new Set(shapes.flatMap(({ properties }) => Object.keys(properties as object)))
    const texts = [entry.sentence, ...shapes.flatMap((shape) => (shape['x-sentence'] as string | undefined) ?? [])]
    for (const text of texts) {
      expect(text).toMatch(/\S/)
      for (const [, names = ''] of text.matchAll(/\{([^}]+)\}/g)) {
        for (const name of names.split('|')) expect([...fields]).toContain(name)
      }
    }
  })

  it('either rests and can resume, or does neither', () => {
    const definition = nodes[entry.type]
    expect(entry.blocks).toBe(definition?.resume !== undefined)
    expect(entry.rests === null || entry.blocks).toBe(true)
    expect(entry.ends && entry.blocks).toBe(false)
  })
})

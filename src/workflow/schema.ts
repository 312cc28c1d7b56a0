/** A JSON Schema as far as node configs use it: `type`, `properties`, `items`, `oneOf`, `const` and the `x-` members of `NodeType.config`. */
export type Schema = Record<string, unknown>

/** A place inside a config, e.g. `['rules', 0, 'value']`. */
export type Path = readonly (string | number)[]

/** A value inside a config whose schema says something about it. */
export interface Leaf {
  path: Path
  schema: Schema
  value: unknown
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const propertiesOf = (schema: Schema): Record<string, Schema> =>
  isObject(schema.properties) ? (schema.properties as Record<string, Schema>) : {}

const optionsOf = (schema: Schema): Schema[] => (Array.isArray(schema.oneOf) ? (schema.oneOf as Schema[]) : [])

/** The field that tells the shapes of a `oneOf` apart: the one that is a `const` in each. */
export function discriminatorOf(schema: Schema): string | null {
  const options = optionsOf(schema)
  const [first] = options
  if (first === undefined) return null
  const names = Object.keys(propertiesOf(first))
  return names.find((name) => options.every((option) => propertiesOf(option)[name]?.const !== undefined)) ?? null
}

/** The schema that applies to a value: itself, or the shape of its `oneOf` that the value chose; null when it chose none. */
export function shapeOf(schema: Schema, value: unknown): Schema | null {
  if (!Array.isArray(schema.oneOf)) return schema
  const field = discriminatorOf(schema)
  if (field === null || !isObject(value)) return null
  return optionsOf(schema).find((option) => propertiesOf(option)[field]?.const === value[field]) ?? null
}

/** The schema of one field of an object or list; null when the value has no such field by its schema. */
export function childOf(schema: Schema, value: unknown, name: string | number): Schema | null {
  if (typeof name === 'number') return isObject(schema.items) ? schema.items : null
  // Before a shape was chosen, the field that chooses is the one that all shapes have.
  const shape = shapeOf(schema, value) ?? (name === discriminatorOf(schema) ? optionsOf(schema)[0] : null)
  const properties = shape ? propertiesOf(shape) : {}
  return Object.hasOwn(properties, name) ? (properties[name] ?? null) : null
}

/** Every field's value in the config, from the top down. Fields that the schema does not have are left out; ones without a value are in it. */
export function* leavesOf(schema: Schema, value: unknown, path: Path = []): Generator<Leaf> {
  yield { path, schema, value }
  if (Array.isArray(value)) {
    if (!isObject(schema.items)) return
    for (const [index, item] of value.entries()) yield* leavesOf(schema.items, item, [...path, index])
    return
  }
  const shape = shapeOf(schema, value)
  if (shape === null) return
  for (const [name, child] of Object.entries(propertiesOf(shape))) {
    const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
    yield* leavesOf(child, inner, [...path, name])
  }
}

/** The names in a config's top level that its schema does not have. */
export function unknownFields(schema: Schema, config: Record<string, unknown>): string[] {
  const shape = shapeOf(schema, config)
  if (shape === null) return []
  const properties = propertiesOf(shape)
  return Object.keys(config).filter((name) => !Object.hasOwn(properties, name))
}

/** The label of a field: its schema's title, else its name. */
export function labelOf(schema: Schema, config: unknown, path: Path): string {
  let current: Schema | null = schema
  let value = config
  for (const name of path) {
    if (current === null) break
    current = childOf(current, value, name)
    value = isObject(value) || Array.isArray(value) ? (value as Record<string | number, unknown>)[name] : undefined
  }
  return typeof current?.title === 'string' ? current.title : String(path.at(-1) ?? 'The configuration')
}

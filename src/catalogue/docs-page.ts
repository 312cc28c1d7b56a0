import type { NodeType } from '../workflow/graph.ts'
import type { Schema } from '../workflow/schema.ts'

const origin = '<!-- Written by src/catalogue/generate.ts from the node’s definition: npm run generate. -->'
const groupTitle = { builtin: 'Flow', contact: 'Contact', messaging: 'Messaging' } as const

/** The page of one node type: what it does, its settings, outputs, ways out and examples. Markdown. */
export function docsPage(type: NodeType): string {
  return [
    origin,
    `# ${type.title} (\`${type.type}\`)`,
    type.summary,
    type.docs,
    '## Settings',
    ...settings(type.config),
    '## Output',
    outputs(type.output),
    '## Ways out',
    waysOut(type),
    '## Examples',
    ...type.examples.map((example) => `\`\`\`json\n${JSON.stringify(example, null, 2)}\n\`\`\``),
  ]
    .join('\n\n')
    .concat('\n')
}

/** The list of all node types, by group. Markdown. */
export function docsIndex(types: readonly NodeType[]): string {
  const sections = (['builtin', 'contact', 'messaging'] as const).map((group) =>
    [
      `## ${groupTitle[group]}`,
      '',
      '| node | what it does |',
      '| --- | --- |',
      ...types
        .filter((type) => type.group === group)
        .map((type) => `| [\`${type.type}\`](${type.type}.md) | ${type.summary} |`),
    ].join('\n'),
  )
  const intro =
    'What a workflow is drawn from. Each node has an id within its campaign, a type, a title and settings; what it writes can be read further down as `{{node.<id>.output.<field>}}`.'
  return [origin, '# Node types', intro, ...sections].join('\n\n').concat('\n')
}

function settings(schema: Schema): string[] {
  const options = Array.isArray(schema.oneOf) ? (schema.oneOf as Schema[]) : null
  if (options) return options.map((option) => [`### ${option.title}`, '', table(option)].join('\n'))
  return [table(schema)]
}

function table(schema: Schema): string {
  const rows = fieldRows(schema, '')
  if (rows.length === 0) return 'None.'
  return ['| field | type | | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function fieldRows(schema: Schema, prefix: string): string[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : [])
  return Object.entries((schema.properties ?? {}) as Record<string, Schema>).flatMap(([name, field]) => {
    const path = `${prefix}${name}`
    const need =
      field.default !== undefined
        ? `default \`${JSON.stringify(field.default)}\``
        : required.has(name)
          ? 'required'
          : 'optional'
    const inner = field.type === 'array' ? (field.items as Schema) : field
    const nested = field.type === 'array' ? `${path}[].` : `${path}.`
    return [`| \`${path}\` | ${typeName(field)} | ${need} | ${meaning(field)} |`, ...innerRows(inner, nested)]
  })
}

function innerRows(schema: Schema, prefix: string): string[] {
  if (!Array.isArray(schema.oneOf)) return schema.properties ? fieldRows(schema, prefix) : []
  return (schema.oneOf as Schema[]).flatMap((option) => fieldRows(option, prefix))
}

function typeName(field: Schema): string {
  if (field.const !== undefined) return `\`"${field.const}"\``
  if (Array.isArray(field.enum)) return field.enum.map((value) => `\`"${value}"\``).join(', ')
  if (field['x-unit'] === 'ms') return 'milliseconds'
  if (typeof field['x-ref'] === 'string')
    return field['x-ref'] === 'template' ? 'template name' : `${field['x-ref']} id`
  if (field['x-template'] === 'value') return 'path or `{{…}}`'
  if (typeof field['x-template'] === 'string') return 'Liquid'
  if (field.type === 'array') return `list of ${typeName(field.items as Schema)}`
  const options = (field.anyOf ?? field.oneOf) as Schema[] | undefined
  if (options?.every((option) => option.type === 'object')) return 'one of several shapes'
  if (options) return options.map(typeName).join(' or ')
  return typeof field.type === 'string' ? field.type : 'any'
}

function meaning(field: Schema): string {
  const limits =
    [field.minimum, field.maximum].every((limit) => typeof limit === 'number') && field['x-unit'] === undefined
  return [
    typeof field.title === 'string' ? `${field.title}.` : '',
    typeof field.description === 'string' ? field.description : '',
    limits ? `From ${field.minimum} to ${field.maximum}.` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
    .replaceAll('|', '\\|')
}

function outputs(schema: Schema): string {
  const fields = Object.entries((schema.properties ?? {}) as Record<string, Schema>)
  if (fields.length === 0) return 'None.'
  return [
    '| field | type | meaning |',
    '| --- | --- | --- |',
    ...fields.map(([name, field]) => `| \`${name}\` | ${typeName(field)} | ${field.description ?? ''} |`),
  ].join('\n')
}

function waysOut({ when, ends }: NodeType): string {
  if (ends) return 'None: the run ends here.'
  if ('by' in when) {
    const cases = Object.entries(when.of).map(
      ([value, labels]) => `${labels.map((label) => `\`${label}\``).join(', ')} with \`${when.by}\` \`${value}\``,
    )
    return `\`when\`: ${cases.join('; ')}; or none for the default.`
  }
  if (!Array.isArray(when)) return `One for each of its \`${when.each}\`; the edge carries that one’s id in \`when\`.`
  if (when.length === 0) return 'One, without `when`. Without an edge the run ends `succeeded` (`end-of-flow`).'
  return `\`when\`: ${when.map((label) => `\`${label}\``).join(', ')}, or none for the default.`
}

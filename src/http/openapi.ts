import { z } from 'zod'
import { type ProblemCode, problems } from '../errors.ts'
import { apiBase, defaultBodyLimit } from './api.ts'
import { problemType } from './problem.ts'
import type { Route } from './route.ts'

type Schema = Record<string, unknown>

/** Problem codes that a route may answer, from its contract: what its access, body and version rules imply, and what it names itself. */
export function problemCodes(route: Route): ProblemCode[] {
  const changes = route.method !== 'GET'
  return [
    ...new Set<ProblemCode>([
      ...(route.access === 'public' ? [] : (['unauthorized'] as const)),
      ...(route.access === 'public' || route.access === 'signed-in' ? [] : (['forbidden'] as const)),
      ...(changes ? (['malformed', 'cross_site', 'too_large', 'unsupported_media_type'] as const) : []),
      ...(route.path.includes(':') ? (['not_found'] as const) : []),
      'invalid',
      ...(route.method === 'PATCH' || route.method === 'PUT' ? (['stale_version'] as const) : []),
      ...(route.idempotent ? (['idempotency_running', 'idempotency_mismatch'] as const) : []),
      ...(route.errors ?? []),
      'internal',
      'unavailable',
    ]),
  ]
}

/** The OpenAPI 3.1 document of the API, from the schemas that validate its requests and write its answers. */
export function openApiDocument(routes: readonly Route[]): Schema {
  const schemas: Record<string, Schema> = { Problem: problemSchema }
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, schemas) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Throughline',
      version: 'v1',
      description:
        'Lists answer {items, nextCursor}. Errors are problem documents (RFC 9457) with a permanent code. POSTs that create honour Idempotency-Key; updates take If-Match with the version of the body that was read.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: apiBase }],
    security: [{ apiKey: [] }, { session: [] }],
    tags: [...new Set(routes.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key, tl_…' },
        session: { type: 'apiKey', in: 'cookie', name: 'throughline', description: 'The browser’s session' },
      },
    },
  }
}

const tagOf = (route: Route): string => route.path.split('/')[1] ?? 'other'

function operation(route: Route, schemas: Record<string, Schema>): Schema {
  const errors = problemCodes(route)
  const byStatus = Map.groupBy(errors, (code) => problems[code].status)
  return {
    operationId: route.id,
    summary: route.summary,
    tags: [tagOf(route)],
    ...(route.access === 'public' ? { security: [] } : { 'x-access': route.access }),
    parameters: [
      ...parameters(route, 'path', route.params, schemas),
      ...parameters(route, 'query', route.query, schemas),
      ...(route.idempotent
        ? [header('Idempotency-Key', 'Repeats with the same key get the first answer, for 24 h')]
        : []),
      ...(route.method === 'PATCH' || route.method === 'PUT'
        ? [header('If-Match', 'The version of the body that you read; a stale one answers 412')]
        : []),
    ],
    ...(route.body !== undefined && { requestBody: requestBody(route, route.body, schemas) }),
    responses: {
      ...success(route, schemas),
      ...Object.fromEntries(
        [...byStatus].map(([status, codes]) => [
          status,
          {
            description: codes.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
            content: { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        ]),
      ),
    },
  }
}

function success(route: Route, schemas: Record<string, Schema>): Schema {
  const status = route.status ?? 200
  if (route.media !== undefined) {
    return { [status]: { description: 'Done', content: { [route.media]: { schema: { type: 'string' } } } } }
  }
  if (route.status === 204 || route.response instanceof z.ZodUndefined) {
    return { [route.status ?? 204]: { description: 'Done, nothing to say' } }
  }
  const schema = jsonSchema(route.response, route.id, schemas)
  return { [status]: { description: 'Done', content: { 'application/json': { schema } } } }
}

function requestBody(route: Route, body: z.ZodType | 'stream', schemas: Record<string, Schema>): Schema {
  if (body === 'stream') return { required: true, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }
  return {
    required: !body.safeParse(undefined).success,
    description: `At most ${route.bodyLimit ?? defaultBodyLimit} bytes.`,
    content: { 'application/json': { schema: jsonSchema(body, `${route.id}Body`, schemas) } },
  }
}

function parameters(
  route: Route,
  place: 'path' | 'query',
  schema: z.ZodType | undefined,
  schemas: Record<string, Schema>,
) {
  if (!schema) return []
  const object = jsonSchema(schema, `${route.id}-${place}`, schemas)
  const required = new Set((object.required as string[] | undefined) ?? [])
  return Object.entries((object.properties as Record<string, Schema> | undefined) ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: property,
  }))
}

const header = (name: string, description: string): Schema => ({
  name,
  in: 'header',
  required: false,
  description,
  schema: { type: 'string' },
})

/**
 * The JSON that a schema reads, and by its codecs writes. Schemas named with `.meta({ id })` and recursive ones become
 * components, the latter under the name of the operation.
 */
function jsonSchema(schema: z.ZodType, owner: string, schemas: Record<string, Schema>): Schema {
  const {
    $schema: _,
    $defs,
    ...root
  } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Schema & {
    $defs?: Record<string, Schema>
  }
  const isRecursive = JSON.stringify(root).includes('"#"')
  const nameOf = (name: string) => (name.startsWith('__') ? `${owner}${name}` : name)
  const rewrite = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rewrite)
    if (typeof value !== 'object' || value === null) return value
    // A format says what the pattern beside it spells out.
    const entries = Object.entries(value).filter(([key]) => key !== 'pattern' || !('format' in value))
    return Object.fromEntries(
      entries.map(([key, child]) => {
        if (key !== '$ref' || typeof child !== 'string') return [key, rewrite(child)]
        if (child === '#') return [key, `#/components/schemas/${owner}`]
        return [key, child.replace(/^#\/\$defs\/(.+)$/, (_all, name: string) => `#/components/schemas/${nameOf(name)}`)]
      }),
    )
  }
  for (const [name, definition] of Object.entries($defs ?? {})) {
    const { $schema: _inner, id: _id, ...rest } = definition
    schemas[nameOf(name)] = rewrite(rest) as Schema
  }
  const written = rewrite(root) as Schema
  if (!isRecursive) return written
  schemas[owner] = written
  return { $ref: `#/components/schemas/${owner}` }
}

const problemSchema: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: 'urn:throughline:problem:<code>' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What happened and what to do, for a person' },
    code: { type: 'string', enum: Object.keys(problems) },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'code', 'message'],
        properties: { path: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    requestId: { type: 'string' },
  },
}

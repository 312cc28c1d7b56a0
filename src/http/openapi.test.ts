import { expect, it } from 'vitest'
import { z } from 'zod'
import { problems } from '../errors.ts'
import { routes } from '../router.ts'
import { openApiDocument, problemCodes } from './openapi.ts'
import { instant, type Route, route } from './route.ts'

const all: readonly Route[] = routes
// biome-ignore lint/suspicious/noExplicitAny: a document is walked as the JSON that it is
const document: any = JSON.parse(JSON.stringify(openApiDocument(all)))

/** Every `$ref` in a value. */
function refs(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(refs)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) =>
    key === '$ref' && typeof child === 'string' ? [child] : refs(child),
  )
}

it('describes every route once, under its path and method', () => {
  const described = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(described.sort()).toEqual(
    all.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).sort(),
  )
  expect(document.openapi).toBe('3.1.1')
  expect(document.servers).toEqual([{ url: '/api/v1' }])
})

it('has every reference that it makes', () => {
  for (const ref of new Set(refs(document))) {
    const found = ref
      .replace(/^#\//, '')
      .split('/')
      .reduce((at, key) => at?.[key], document)
    expect(found, ref).toBeTypeOf('object')
  }
})

it('declares each parameter of a path, and a response for each problem that the route may answer', () => {
  for (const route of all) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    const operation = document.paths[path][route.method.toLowerCase()]
    const declared = operation.parameters
      .filter((one: { in: string }) => one.in === 'path')
      .map((one: { name: string }) => one.name)
    const named = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name)
    expect(declared.sort(), route.id).toEqual(named.sort())
    for (const code of problemCodes(route)) {
      const { content } = operation.responses[problems[code].status]
      expect(content['application/problem+json'].schema.$ref, `${route.id} ${code}`).toBe(
        '#/components/schemas/Problem',
      )
    }
    const isSuccess = (status: string) => status.startsWith('2')
    expect(Object.keys(operation.responses).some(isSuccess), route.id).toBe(true)
  }
})

it('writes recursive and named schemas as components, instants as date-time and unknown fields as refused', () => {
  interface Tree {
    children: Tree[]
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.strictObject({ children: z.array(tree) }))
  const leaf = z.object({ at: instant }).meta({ id: 'Leaf' })
  const grow = route(
    {
      method: 'POST',
      path: '/trees',
      id: 'growTree',
      summary: 'For the test',
      access: 'signed-in',
      body: z.strictObject({ tree }),
      response: z.object({ leaf, leaves: z.array(leaf) }),
    },
    async () => ({ leaf: { at: new Date() }, leaves: [] }),
  )
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const made: any = openApiDocument([grow])
  expect(made.components.schemas.Leaf.properties.at).toEqual({ type: 'string', format: 'date-time' })
  const operation = made.paths['/trees'].post
  expect(operation.requestBody.content['application/json'].schema.additionalProperties).toBe(false)
  expect(operation.responses[200].content['application/json'].schema.properties.leaf).toEqual({
    $ref: '#/components/schemas/Leaf',
  })
  for (const ref of refs(made)) {
    const found = ref
      .replace(/^#\//, '')
      .split('/')
      .reduce((at, key) => at?.[key], made)
    expect(found, ref).toBeTypeOf('object')
  }
})

import { useMemo } from 'react'
import type { Catalogue, GraphNode } from '../../../src/workflow/graph.ts'
import { commonVariables, type FormContext, type Variable } from '../form/context.ts'
import { useApi } from '../query.ts'
import type { Draft } from './draft.ts'
import { usePreviewCustomer } from './preview-customer.ts'
import { linksOf } from './shape.ts'
import { useCanvasFacts } from './step-node.tsx'
import { type BuilderState, useBuilder, useStore } from './store.ts'

/** The steps before a step, itself where it stands in a circle. */
function stepsBefore(draft: Draft, id: string): GraphNode[] {
  const links = linksOf(draft)
  const above = new Set<string>()
  const open = [id]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const { source } of links.in.get(at) ?? []) {
      if (above.has(source)) continue
      above.add(source)
      open.push(source)
    }
  }
  return [...above].flatMap((one) => draft.nodes.get(one) ?? [])
}

function outputsOf(node: GraphNode, catalogue: Catalogue): Variable[] {
  const type = catalogue[node.type]
  const fields = Object.keys((type?.output.properties ?? {}) as Record<string, unknown>)
  return fields.map((field) => ({
    group: `Step: ${node.title || type?.title || node.id}`,
    path: `node.${node.id}.output.${field}`,
    label: field,
  }))
}

/** Reads the variables of a step out of the builder's state: the same list until a step before it is another, or is called otherwise. */
function variablesOf(id: string, catalogue: Catalogue): (state: BuilderState) => readonly Variable[] {
  let seen: { draft: Draft; above: GraphNode[]; list: readonly Variable[] } | null = null
  const isSame = (draft: Draft, before: { draft: Draft; above: GraphNode[] }) =>
    draft.edges === before.draft.edges &&
    (draft.nodes === before.draft.nodes ||
      before.above.every((node) => {
        const now = draft.nodes.get(node.id)
        return now === node || (now !== undefined && now.title === node.title && now.type === node.type)
      }))
  return ({ draft }) => {
    if (seen && isSame(draft, seen)) return seen.list
    const above = stepsBefore(draft, id)
    seen = { draft, above, list: [...commonVariables, ...above.flatMap((node) => outputsOf(node, catalogue))] }
    return seen.list
  }
}

/** What templates in a step may name: what every one may, and the outputs of the steps before it. */
export function useVariables(id: string): readonly Variable[] {
  const { catalogue } = useStore()
  return useBuilder(useMemo(() => variablesOf(id, catalogue), [id, catalogue]))
}

/** What variables are for the preview customer, and how many of the campaign's audience have them. */
export function useVariableFacts(): Pick<FormContext, 'previewAs' | 'coverageOf'> {
  const { campaign } = useCanvasFacts()
  const [picked] = usePreviewCustomer(campaign.id)
  const customer = useApi(
    'GET /customers/:id',
    { params: { id: picked?.id ?? '' } },
    { enabled: picked !== null, staleTime: 30_000 },
  )
  const company = useApi(
    'GET /companies/:id',
    { params: { id: customer.data?.companyId ?? '' } },
    { enabled: Boolean(customer.data?.companyId), staleTime: 30_000 },
  )
  const attributes = useApi(
    'GET /customers/attributes',
    { query: campaign.audience ? { audience: JSON.stringify(campaign.audience) as never } : {} },
    { staleTime: 300_000 },
  )
  const coverageOf = useMemo(() => {
    const shares = new Map(
      (attributes.data?.items ?? []).map(({ path, share }) => [path.replace(/^customer\./, ''), share]),
    )
    return (path: string) => (path.startsWith('customer.') ? shares.get(path.slice('customer.'.length)) : undefined)
  }, [attributes.data])
  const previewAs = useMemo(() => {
    if (!picked || !customer.data) return null
    const scope: Record<string, unknown> = {
      customer: { ...customer.data, company: company.data ?? customer.data.company },
    }
    return { ...picked, valueOf: (path: string) => textAt(scope, path) }
  }, [picked, customer.data, company.data])
  return useMemo(() => ({ previewAs, coverageOf }), [previewAs, coverageOf])
}

/** The value at a dotted path as text; null when there is none, or when only the run will know it. */
function textAt(scope: Record<string, unknown>, path: string): string | null {
  let value: unknown = scope
  for (const name of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
  if (value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)) return null
  return Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value)
}

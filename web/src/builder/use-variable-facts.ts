import { useMemo } from 'react'
import type { FormContext } from '../form/context.ts'
import { useApi } from '../query.ts'
import { usePreviewCustomer } from './preview-customer.ts'
import { useCanvasFacts } from './step-node.tsx'

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

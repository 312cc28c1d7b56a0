import { z } from 'zod'
import { isDomain, normalizeDomain } from '../customers/fields.ts'
import type { Db, Tx } from '../db/database.ts'
import { notFound, Problem } from '../errors.ts'
import { pageRequest, sortedPage, sortedPageOf, sortedQuery, sortKey } from '../http/page.ts'
import { idParams, instant, route } from '../http/route.ts'
import { changed } from '../http/version.ts'
import { scoreCompany } from '../products/score-loop-queries.ts'
import { audit } from '../workspaces/audit.ts'
import { companyWithDomain, getCompany, insertCompany, listCompanies, updateCompany } from './queries.ts'

const company = z.object({
  id: z.uuid(),
  name: z.string(),
  domain: z.string().nullable(),
  industry: z.string().nullable(),
  attributes: z.record(z.string(), z.unknown()),
  customers: z.int(),
  version: z.int(),
  createdAt: instant,
  updatedAt: instant,
})

const name = z.string().trim().min(1, 'Give it a name.').max(500)
const domain = z
  .string()
  .max(500)
  .transform(normalizeDomain)
  .refine(isDomain, { message: 'Write a domain as in acme.example.', params: { code: 'invalid_domain' } })
  .nullable()
const industry = z.string().trim().max(500).nullable()
const attributes = z
  .record(z.string(), z.unknown())
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 65_536, 'At most 64 KB.')

async function existing(db: Db | Tx, workspaceId: number, id: string) {
  const found = await getCompany(db, workspaceId, id)
  if (!found) throw notFound('company')
  return found
}

async function requireFree(
  tx: Tx,
  workspaceId: number,
  wanted: string | null | undefined,
  self: string | null,
): Promise<void> {
  const holder = wanted ? await companyWithDomain(tx, workspaceId, wanted) : undefined
  if (holder && holder !== self) throw domainTaken(wanted ?? '', holder)
}

function domainTaken(wanted: string, existingId: string | null): Problem {
  const message = `Another company has the domain ${wanted}.`
  return new Problem('already_exists', message, {
    errors: [{ path: 'domain', code: 'already_exists', message }],
    extra: { existingId },
  })
}

/** What the list can be sorted by. */
const sorts = {
  createdAt: sortKey.uuid,
  updatedAt: sortKey.instant,
  name: sortKey.text,
  domain: sortKey.text,
  industry: sortKey.text,
  customers: sortKey.number,
}

export const companyRoutes = [
  route(
    {
      method: 'GET',
      path: '/companies',
      id: 'listCompanies',
      summary: 'Companies, newest first unless sorted otherwise; `q` searches name and domain',
      access: 'customers.read',
      query: sortedQuery(sorts, '-createdAt').extend({ q: z.string().trim().max(200).optional() }),
      response: sortedPageOf(company),
    },
    async ({ app, workspaceId, query }) => {
      const { page, filter } = pageRequest(query, sorts)
      return sortedPage(await listCompanies(app.db, workspaceId, filter, page), query.sort)
    },
  ),
  route(
    {
      method: 'POST',
      path: '/companies',
      id: 'createCompany',
      summary: 'Adds a company; a domain belongs to one',
      access: 'customers.write',
      body: z.strictObject({
        name,
        domain: domain.default(null),
        industry: industry.default(null),
        attributes: attributes.default({}),
      }),
      response: company,
      status: 201,
      idempotent: true,
      errors: ['already_exists'],
    },
    async (context) => {
      const { app, workspaceId, body } = context
      return await app.db.transaction().execute(async (tx) => {
        await requireFree(tx, workspaceId, body.domain, null)
        const id = await insertCompany(tx, workspaceId, body)
        if (!id) throw domainTaken(body.domain ?? '', null)
        await audit(tx, context, 'company.created', 'company', id)
        return await existing(tx, workspaceId, id)
      })
    },
  ),
  route(
    {
      method: 'GET',
      path: '/companies/:id',
      id: 'getCompany',
      summary: 'One company; its customers are at /customers?companyId=',
      access: 'customers.read',
      params: idParams,
      response: company,
    },
    async ({ app, workspaceId, params }) => await existing(app.db, workspaceId, params.id),
  ),
  route(
    {
      method: 'PATCH',
      path: '/companies/:id',
      id: 'updateCompany',
      summary: 'Changes the given fields; `attributes` replaces the whole object',
      access: 'customers.write',
      params: idParams,
      body: z.strictObject({
        name: name.optional(),
        domain: domain.optional(),
        industry: industry.optional(),
        attributes: attributes.optional(),
      }),
      response: company,
      errors: ['already_exists', 'stale_version'],
    },
    async (context) => {
      const { app, workspaceId, params, body, ifMatch } = context
      const change = app.db.transaction().execute(async (tx) => {
        await requireFree(tx, workspaceId, body.domain, params.id)
        const row = await updateCompany(tx, workspaceId, params.id, ifMatch, body)
        const { id } = await changed(row, 'company', () => getCompany(tx, workspaceId, params.id))
        await audit(tx, context, 'company.updated', 'company', id, { fields: Object.keys(body) })
        await scoreCompany(tx, workspaceId, id, context.actor.text)
        return await existing(tx, workspaceId, id)
      })
      return await change.catch((error) => {
        // Somebody else took the domain in the same moment.
        if (error.code === '23505') throw domainTaken(body.domain ?? '', null)
        throw error
      })
    },
  ),
] as const

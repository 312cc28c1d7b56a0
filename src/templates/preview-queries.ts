import { type Db, sql } from '../db/database.ts'

/** What a preview is rendered with, in the shape that messages see it (PRODUCT §5). */
export interface PreviewFacts {
  orgName: string
  postalAddress: string | null
  /** Null when there is no such customer. */
  customer: Record<string, unknown> | null
  product: Record<string, unknown> | null
}

/** Reads the workspace, a customer and a product for a preview. */
export async function readPreviewFacts(
  db: Db,
  workspaceId: number,
  { customerId, productId }: { customerId: string | null; productId: string | null },
): Promise<PreviewFacts> {
  const { rows } = await sql<PreviewFacts>`
    select w.name as "orgName", w.postal_address as "postalAddress",
      (select jsonb_build_object('id', cu.id, 'email', cu.email, 'externalId', cu.external_id, 'firstName', cu.first_name,
          'lastName', cu.last_name, 'phone', cu.phone, 'telegramChatId', cu.telegram_chat_id, 'linkedinUrl', cu.linkedin_url,
          'language', cu.language, 'country', cu.country, 'timezone', cu.timezone, 'tags', cu.tags, 'attributes', cu.attributes,
          'createdAt', cu.created_at, 'company', case when co.id is null then null else jsonb_build_object('name', co.name,
            'domain', co.domain, 'industry', co.industry, 'attributes', co.attributes) end)
        from customer cu left join company co on co.id = cu.company_id
        where cu.id = ${customerId}::uuid and cu.workspace_id = w.id and cu.erased_at is null) as customer,
      (select p.attributes || jsonb_build_object('id', p.id, 'name', p.name, 'description', p.description, 'url', p.url)
        from product p where p.id = ${productId}::uuid and p.workspace_id = w.id) as product
    from workspace w where w.id = ${workspaceId}
  `.execute(db)
  const [row] = rows
  if (!row) throw new Error('The workspace is gone')
  return row
}

import { getCompany, resolveCompanies } from '../companies/queries.ts'
import type { Db, Tx } from '../db/database.ts'
import { invalidField, notFound, Problem } from '../errors.ts'
import { type AuditContext, audit } from '../workspaces/audit.ts'
import { changesBetween, isUnchanged, mergeAttributes } from './changes.ts'
import { blankValues, type Customer, type CustomerValues, type StoredValues } from './customer.ts'
import { contactFault } from './fields.ts'
import { findByContact, getCustomer, isActiveMember, lockCustomers } from './queries.ts'
import { type Source, writeCustomers } from './save-queries.ts'
import { type CustomerInput, givenValues } from './schema.ts'

/** How often an upsert looks again when somebody else makes or changes the same customer in the same moment. */
const attempts = 3

/**
 * Makes a customer. @throws Problem `already_exists` with the existing id when the address or external id is taken, `invalid` for a
 * company or member that is not here
 */
export async function createCustomer(db: Db, context: AuditContext, input: CustomerInput): Promise<Customer> {
  const created = await db.transaction().execute((tx) => insertOne(tx, context, input))
  return created ?? (await refuseTaken(db, context.workspaceId, input))
}

/**
 * Makes a customer, or updates the one who has the address or external id: given fields win, tags are added, attributes are merged.
 * @throws Problem `already_exists` when address and external id belong to two people
 */
export async function upsertCustomer(
  db: Db,
  context: AuditContext,
  input: CustomerInput,
): Promise<{ customer: Customer; created: boolean }> {
  const contact = { email: input.email ?? null, externalId: input.externalId ?? null }
  if (contact.email === null && contact.externalId === null) {
    throw invalidField('email', 'required', 'An upsert needs the email or the externalId that finds the customer.')
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const done = await guardUnique(db, context.workspaceId, input, () =>
      db.transaction().execute(async (tx) => {
        const found = await findByContact(tx, context.workspaceId, contact)
        if (found.length > 1) throw taken('externalId', found, 'The email and the externalId belong to two customers.')
        const [match] = found
        if (!match) {
          const customer = await insertOne(tx, context, input)
          return customer && { customer, created: true }
        }
        const [row] = await lockCustomers(tx, context.workspaceId, [match.id])
        // The same address in other letters is no change.
        const same = match.byEmail && row ? { ...input, email: row.email } : input
        const customer = row && (await change(tx, context, row, same, 'add'))
        return customer && { customer, created: false }
      }),
    )
    if (done) return done
  }
  throw new Problem('unavailable', 'The customer is being changed by others. Try again in a moment.')
}

/**
 * Changes the given fields of a customer; null clears, `tags` replaces the list, `attributes` are merged key by key.
 * @throws Problem `not_found`, `wrong_state` (archived), whatever `requireMatch` throws, `already_exists`, `invalid`
 */
export async function patchCustomer(
  db: Db,
  context: AuditContext,
  id: string,
  input: CustomerInput,
  requireMatch: (version: number) => void,
): Promise<Customer> {
  return await guardUnique(db, context.workspaceId, input, () =>
    db.transaction().execute(async (tx) => {
      const [row] = await lockCustomers(tx, context.workspaceId, [id])
      if (!row) throw await absent(tx, context.workspaceId, id)
      requireMatch(row.version)
      return await change(tx, context, row, input, 'replace')
    }),
  )
}

/** Why a customer cannot be changed: unknown here, or archived. */
export async function absent(db: Db | Tx, workspaceId: number, id: string): Promise<Problem> {
  const found = await getCustomer(db, workspaceId, id)
  if (!found) return notFound('customer')
  return new Problem('wrong_state', 'This customer is archived; nothing of them can be changed.', {
    extra: { state: 'archived', allowed: [] },
  })
}

async function insertOne(tx: Tx, context: AuditContext, input: CustomerInput): Promise<Customer | undefined> {
  const after = { ...blankValues(), ...(await resolved(tx, context.workspaceId, input)) }
  after.attributes = mergeAttributes({}, after.attributes)
  requireContact(after)
  const [id] = await writeCustomers(tx, context.workspaceId, [{ id: null, before: null, after }], sourceOf(context))
  if (!id) return undefined
  await audit(tx, context, 'customer.created', 'customer', id)
  return await getCustomer(tx, context.workspaceId, id)
}

async function change(
  tx: Tx,
  context: AuditContext,
  row: StoredValues,
  input: CustomerInput,
  tags: 'add' | 'replace',
): Promise<Customer> {
  const { id, version: _, ...before } = row
  const given = await resolved(tx, context.workspaceId, input)
  const after: CustomerValues = { ...before, ...given }
  if (given.attributes) after.attributes = mergeAttributes(before.attributes, given.attributes)
  if (given.tags && tags === 'add') after.tags = [...new Set([...before.tags, ...given.tags])]
  requireContact(after)
  const changes = changesBetween(before, after)
  if (!isUnchanged(changes)) {
    await writeCustomers(tx, context.workspaceId, [{ id, before, after }], sourceOf(context))
    await audit(tx, context, 'customer.updated', 'customer', id, { fields: changes.fields })
  }
  const customer = await getCustomer(tx, context.workspaceId, id)
  if (!customer) throw notFound('customer')
  return customer
}

const sourceOf = ({ actor }: AuditContext): Source => ({ source: 'api', by: actor.text })

function requireContact(values: CustomerValues): void {
  const fault = contactFault(values)
  if (fault) throw invalidField('email', fault.code, fault.message)
}

/** The given values with the company found or made, and what they refer to checked. */
async function resolved(tx: Tx, workspaceId: number, input: CustomerInput): Promise<Partial<CustomerValues>> {
  const given = givenValues(input)
  if (given.companyId && !(await getCompany(tx, workspaceId, given.companyId))) {
    throw invalidField('companyId', 'unknown_company', 'There is no such company in this workspace.')
  }
  if (given.claimedBy && !(await isActiveMember(tx, workspaceId, given.claimedBy))) {
    throw invalidField('claimedBy', 'unknown_member', 'There is no such member in this workspace.')
  }
  if (input.company === undefined) return given
  if (input.company === null) return { ...given, companyId: null }
  const [companyId] = await resolveCompanies(tx, workspaceId, [input.company])
  return { ...given, companyId: companyId ?? null }
}

/** Turns the database's "this address is taken" (SQLSTATE 23505) into the API's, once the transaction is over. */
async function guardUnique<Result>(
  db: Db,
  workspaceId: number,
  input: CustomerInput,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    const { code, constraint } = error as { code?: string; constraint?: string }
    if (code !== '23505' || !constraint?.startsWith('customer_')) throw error
    return await refuseTaken(db, workspaceId, input)
  }
}

async function refuseTaken(db: Db, workspaceId: number, input: CustomerInput): Promise<never> {
  const found = await findByContact(db, workspaceId, {
    email: input.email ?? null,
    externalId: input.externalId ?? null,
  })
  throw taken(
    found[0]?.byEmail === false ? 'externalId' : 'email',
    found,
    'Another customer has this email or externalId; change that one, or use upsert=true.',
  )
}

const taken = (path: string, found: readonly { id: string }[], message: string): Problem =>
  new Problem('already_exists', message, {
    errors: [{ path, code: 'already_exists', message }],
    extra: { existingId: found[0]?.id ?? null },
  })

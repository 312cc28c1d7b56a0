import { arrayLiteral, type Db, sql, type Tx } from '../db/database.ts'

/** Everything kept on one person, table by table, as JSON (GDPR articles 15 and 20). */
export async function collectPerson(
  db: Db,
  workspaceId: number,
  customerId: string,
): Promise<Record<string, Record<string, unknown>[]>> {
  const all: Record<string, Record<string, unknown>[]> = {}
  for (const [name, select] of Object.entries(tablesOf(workspaceId, customerId))) {
    const { rows } = await sql<{ row: Record<string, unknown> }>`
      select to_jsonb(t) - 'workspace_id' - 'worker' - 'fence' - 'lease_until' - 'xid' - 'address_hash' as row from (${select}) t
    `.execute(db)
    all[name] = rows.map(({ row }) => row)
  }
  return all
}

const runsOf = (workspaceId: number, customerId: string) =>
  sql`select r.id from campaign c join run r on r.campaign_id = c.id and r.customer_id = ${customerId} where c.workspace_id = ${workspaceId}`

const tablesOf = (workspaceId: number, customerId: string) => {
  const own = (table: string) =>
    sql`select * from ${sql.table(table)} where customer_id = ${customerId} and workspace_id = ${workspaceId}`
  return {
    segments: sql`select s.id, s.name, m.added_at from segment_member m join segment s on s.id = m.segment_id
      where m.customer_id = ${customerId} and m.workspace_id = ${workspaceId} order by m.added_at`,
    scores: sql`select f.*, k.name as criterion from fit_score f left join fit_criterion k on k.id = f.criterion_id
      where f.customer_id = ${customerId} and f.workspace_id = ${workspaceId}`,
    assessments: sql`${own('fit_assessment')} order by id`,
    suppressions: sql`${own('suppression')} order by id`,
    runs: sql`select r.*, c.name as campaign from run r join campaign c on c.id = r.campaign_id
      where r.id in (${runsOf(workspaceId, customerId)}) order by r.id`,
    steps: sql`select * from step where run_id in (${runsOf(workspaceId, customerId)}) order by run_id, seq`,
    goals: sql`${own('run_goal')} order by run_id, at`,
    messages: sql`select m.*, mc.from_address, mc.to_address, mc.subject, mc.html, mc.text, mc.links
      from message m left join message_content mc on mc.message_id = m.id
      where m.customer_id = ${customerId} and m.workspace_id = ${workspaceId} order by m.id`,
    trackingHits: sql`select t.* from tracking_hit t join message m on m.id = t.message_id
      where m.customer_id = ${customerId} and m.workspace_id = ${workspaceId} order by t.id`,
    events: sql`${own('event')} order by id`,
    tasks: sql`${own('task')} order by id`,
    notes: sql`${own('customer_note')} order by id`,
  }
}

/** What an erasure removed, by kind: its receipt. */
export type ErasureReceipt = Record<string, number>

/** What tells of a person in a text: the id, and the contacts that are long enough not to be found in texts about others. */
export async function tracesOf(db: Db, workspaceId: number, customerId: string): Promise<string[]> {
  const { rows } = await sql<{ traces: (string | null)[] }>`
    select array[id::text, email, external_id, phone, telegram_chat_id, linkedin_url] as traces
    from customer where workspace_id = ${workspaceId} and id = ${customerId}
  `.execute(db)
  return (rows[0]?.traces ?? []).filter((trace) => trace !== null && trace.length >= 5).map((trace) => trace ?? '')
}

/**
 * Removes what rows say of a person where only their text tells whose it is: rejected import rows, the audit log. Before erasePerson(),
 * which forgets what to look for, and a statement each: these tables are read whole.
 */
export async function eraseMentions(db: Db, workspaceId: number, traces: readonly string[]): Promise<ErasureReceipt> {
  const mentions = (column: Fragment) =>
    sql`exists (select from unnest(${arrayLiteral(traces)}::text[]) as t(trace) where position(lower(t.trace) in lower(${column})) > 0)`
  return await runAll(db, {
    importRejects: sql`
      update import_reject set row_text = null, message = 'The row belonged to a person who was erased.'
      where import_id in (select id from import where workspace_id = ${workspaceId}) and ${mentions(sql`concat_ws(' ', message, row_text)`)}`,
    auditLog: sql`
      update audit_log set detail = '{"erased": true}' where workspace_id = ${workspaceId} and ${mentions(sql`detail::text`)}`,
  })
}

/**
 * Removes a person from every table that names them by id (TRUST S27). Rows that counts are made of (runs, steps, messages, events) stay
 * without what they said; suppressions stay as a keyed hash of the address. Live runs end `canceled`, reason `erased`; what was queued for
 * them is withdrawn.
 */
export async function erasePerson(tx: Tx, workspaceId: number, customerId: string): Promise<ErasureReceipt> {
  const { rows } = await sql<{ email: string | null }>`
    select email from customer where workspace_id = ${workspaceId} and id = ${customerId} for update
  `.execute(tx)
  const email = rows[0]?.email ?? null
  const mine = sql`customer_id = ${customerId} and workspace_id = ${workspaceId}`
  const runs = runsOf(workspaceId, customerId)
  const messages = sql`select id from message where ${mine}`
  return await runAll(tx, {
    // By address, so that somebody who comes back as a new customer is still not written to.
    suppressions: sql`
      update suppression s set address = null,
        address_hash = coalesce(s.address_hash, case when s.channel in ('email', 'all') then address_key(w.address_salt, ${email}::text) end)
      from workspace w where w.id = s.workspace_id and s.customer_id = ${customerId} and s.workspace_id = ${workspaceId}`,
    runsEnded: sql`
      with ended as (
        update run set status = 'canceled', reason = 'erased', finished_at = now(), wake_at = null, wake_on = null, awaiting = null
        where id in (${runs}) and finished_at is null returning campaign_id
      )
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select ${workspaceId}::int, campaign_id, 'ended', 'canceled:erased', count(*) from ended group by campaign_id`,
    messagesWithdrawn: sql`
      with withdrawn as (
        update message set state = 'skipped', reason = 'withdrawn' where ${mine} and state in ('queued', 'claimed') returning campaign_id
      )
      insert into tally (workspace_id, campaign_id, metric, key, n)
      select ${workspaceId}::int, campaign_id, 'message', 'skipped', count(*) from withdrawn group by campaign_id`,
    requests: sql`update http_request set request = null, state = 'withdrawn' where run_id in (${runs}) and request is not null`,
    inbox: sql`delete from run_inbox where run_id in (${runs})`,
    runs: sql`update run set outputs = null, error = null where id in (${runs})`,
    triggerPayloads: sql`
      update firing set payload = null where workspace_id = ${workspaceId} and payload is not null
        and (customer_id = ${customerId} or id in (select firing_id from run where id in (${runs})))`,
    ownPayloads: sql`delete from firing_payload where customer_id = ${customerId}`,
    steps: sql`update step set output = null, why = null where run_id in (${runs})`,
    goals: sql`update run_goal set why = null where ${mine}`,
    // The provider's answer and the tracks may name the address.
    messages: sql`update message set response = null, provider_id = null where ${mine}`,
    sandboxMail: sql`delete from sandbox_mail where workspace_id = ${workspaceId}
      and (message_id in (${messages}) or lower(to_address) = lower(${email}::text))`,
    messageContents: sql`delete from message_content where message_id in (${messages})`,
    trackingHits: sql`update tracking_hit set network = null, user_agent = null where message_id in (${messages})`,
    events: sql`update event set properties = '{}' where ${mine}`,
    tasks: sql`delete from task where ${mine}`,
    notes: sql`delete from customer_note where ${mine}`,
    webhookDeliveries: sql`
      update webhook_delivery set body = null, finished_at = coalesce(finished_at, now()),
        reason = case when state = 'queued' then 'erased' else reason end, state = case when state = 'queued' then 'failed' else state end
      where ${mine} and body is not null`,
    webhookAnswers: sql`update webhook_attempt set response = null where delivery_id in (select id from webhook_delivery where ${mine})`,
    scores: sql`delete from fit_score where ${mine}`,
    assessments: sql`delete from fit_assessment where ${mine}`,
    segments: sql`delete from segment_member where ${mine}`,
    customer: sql`
      update customer set external_id = null, email = null, first_name = null, last_name = null, phone = null, telegram_chat_id = null,
        linkedin_url = null, language = null, country = null, timezone = null, tags = '{}', attributes = '{}', company_id = null,
        claimed_by = null, tracking_consent = null, archived_at = coalesce(archived_at, now()), erased_at = coalesce(erased_at, now()),
        version = version + 1, updated_at = now()
      where workspace_id = ${workspaceId} and id = ${customerId}`,
  })
}

type Fragment = ReturnType<typeof sql>

async function runAll(db: Db | Tx, statements: Record<string, Fragment>): Promise<ErasureReceipt> {
  const receipt: ErasureReceipt = {}
  for (const [name, statement] of Object.entries(statements)) {
    const { numAffectedRows } = await statement.execute(db)
    receipt[name] = Number(numAffectedRows ?? 0)
  }
  return receipt
}

-- The first schema. Tables in the order of docs/architecture.md: people and access, customers, products, campaigns, the engine's tables, channels.
-- Hot tables (run, step, message, event) carry workspace_id and the customer and have no foreign keys: a key check locks the
-- campaign's row for every row written, and they must stay distributable (ENGINE, "Past one machine").

-- Time-ordered ids (UUID version 7, RFC 9562 §5.7) keep index inserts at one end. PostgreSQL 18 brings the function; before it we compose one.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    execute 'create function new_id() returns uuid language sql volatile parallel safe as ''select uuidv7()''';
  else
    execute $f$
      create function new_id() returns uuid language sql volatile parallel safe as $g$
        select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) placing
          substring(int8send((extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6), 52, 1), 53, 1), 'hex')::uuid
      $g$
    $f$;
  end if;
end $$;

-- People and access -------------------------------------------------------------------------------------------------------

create table workspace (
  id integer generated always as identity primary key,
  name text not null,
  postal_address text,
  timezone text not null default 'UTC',
  -- Marketing messages one customer may get in a day of theirs; null = no cap.
  frequency_cap_per_day integer check (frequency_cap_per_day > 0),
  tracking_consent_default text not null default 'yes' check (tracking_consent_default in ('yes', 'no')),
  -- The red switch: nothing is handed to a provider while on.
  stop_sending boolean not null default false,
  -- Keys the hashes of addresses on the suppression list, so that they survive the erasure of a person.
  address_salt bytea not null default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table account (
  id uuid primary key default new_id(),
  email text not null,
  name text not null,
  password_hash text not null,
  created_at timestamptz not null default now()
);
create unique index account_email on account (lower(email));

create table member (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  account_id uuid not null references account on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member')),
  joined_at timestamptz not null default now(),
  left_at timestamptz,
  unique (workspace_id, account_id)
);

create table invitation (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  email text not null,
  role text not null check (role in ('admin', 'member')),
  token_hash bytea not null unique,
  invited_by uuid references member on delete set null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  created_at timestamptz not null default now()
);

create table session (
  token_hash bytea primary key,
  account_id uuid not null references account on delete cascade,
  workspace_id integer not null references workspace on delete cascade,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);

create table api_key (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  role text not null check (role in ('owner', 'admin', 'member')),
  -- tl_<prefix>_<secret>: the prefix finds the row, only the hash of the whole key is kept.
  prefix text not null unique,
  key_hash bytea not null,
  created_by uuid references member on delete set null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index on api_key (workspace_id);

create table audit_log (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  actor text not null,
  action text not null,
  object_type text not null,
  object_id text,
  detail jsonb not null default '{}',
  ip text,
  request_id text,
  at timestamptz not null default clock_timestamp()
);
create index on audit_log (workspace_id, id desc);

create table idempotency_key (
  workspace_id integer not null,
  key text not null,
  route text not null,
  body_hash bytea not null,
  -- null while the first request is still running
  status integer,
  response jsonb,
  created_at timestamptz not null default now(),
  primary key (workspace_id, key, route)
);

-- Customers -----------------------------------------------------------------------------------------------------------------

create table company (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  domain text,
  industry text,
  attributes jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index company_domain on company (workspace_id, lower(domain)) where domain is not null;
create index on company (workspace_id, lower(name));

-- No foreign keys: each costs a look-up a row (a third of an import's time), and neither companies nor members are ever deleted.
create table customer (
  id uuid primary key default new_id(),
  workspace_id integer not null,
  external_id text,
  email text,
  first_name text,
  last_name text,
  phone text,
  telegram_chat_id text,
  linkedin_url text,
  language text,
  country text,
  timezone text,
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  company_id uuid,
  claimed_by uuid,
  tracking_consent text check (tracking_consent in ('yes', 'no')),
  archived_at timestamptz,
  erased_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 85);
-- An archived customer frees address and external id; suppression is held by address, so a return is safe.
create unique index customer_email on customer (workspace_id, lower(email)) where email is not null and archived_at is null;
create unique index customer_external_id on customer (workspace_id, external_id) where external_id is not null and archived_at is null;
-- Lists and enrolling page by key in this order.
create index customer_page on customer (workspace_id, id);
create index on customer (company_id) where company_id is not null;

create table tag (
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  color text,
  primary key (workspace_id, name)
);

create table segment (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  description text,
  kind text not null check (kind in ('static', 'dynamic')),
  rules jsonb,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on segment (workspace_id, id);

create table segment_member (
  segment_id uuid not null references segment on delete cascade,
  customer_id uuid not null,
  workspace_id integer not null,
  added_at timestamptz not null default now(),
  primary key (segment_id, customer_id)
);
create index on segment_member (customer_id);

create table suppression (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  customer_id uuid,
  channel text not null check (channel in ('all', 'email', 'telegram', 'linkedin')),
  address text,
  -- address_key(salt, address): finds the address again after the person was erased.
  address_hash bytea,
  reason text not null check (reason in ('bounce', 'unsubscribe', 'complaint', 'manual')),
  source text not null,
  created_at timestamptz not null default now(),
  lifted_at timestamptz,
  check (customer_id is not null or address_hash is not null)
);
create unique index suppression_customer on suppression (workspace_id, customer_id, channel, reason) where lifted_at is null and customer_id is not null;
create index suppression_address on suppression (workspace_id, address_hash) where lifted_at is null;

create function address_key(salt bytea, address text) returns bytea language sql immutable parallel safe
  as $$ select sha256(salt || convert_to(lower(trim(address)), 'UTF8')) $$;

create table import (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  file_name text,
  status text not null check (status in ('running', 'done', 'failed')),
  mapping jsonb not null default '{}',
  rows_read integer not null default 0,
  created integer not null default 0,
  updated integer not null default 0,
  unchanged integer not null default 0,
  rejected integer not null default 0,
  error text,
  by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create index on import (workspace_id, id desc);

create table import_reject (
  import_id uuid not null references import on delete cascade,
  line integer not null,
  code text not null,
  message text not null,
  row_text text,
  primary key (import_id, line, code)
);

-- Products ------------------------------------------------------------------------------------------------------------------

create table product (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  description text,
  url text,
  attributes jsonb not null default '{}',
  status text not null default 'active' check (status in ('draft', 'active', 'archived')),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on product (workspace_id, id);

create table fit_criterion (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  product_id uuid not null references product on delete cascade,
  name text not null,
  type text not null check (type in ('profile', 'engagement', 'conversation')),
  weight double precision not null check (weight >= 0 and weight <= 1),
  params jsonb not null default '{}',
  deleted_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now()
);
create index on fit_criterion (product_id);

-- The latest score, upserted atomically; the history is fit_assessment.
create table fit_score (
  customer_id uuid not null,
  criterion_id uuid not null references fit_criterion on delete cascade,
  workspace_id integer not null,
  score double precision not null check (score >= -1 and score <= 1),
  -- The last change: an upsert adds it to what it finds, which `score` alone could not say after clamping.
  delta double precision not null default 0,
  updated_at timestamptz not null default now(),
  primary key (customer_id, criterion_id)
) with (fillfactor = 85);

create table fit_assessment (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  customer_id uuid not null,
  criterion_id uuid not null,
  score double precision not null check (score >= -1 and score <= 1),
  delta double precision,
  -- who or what made it: {kind: 'node', runId, nodeId} | {kind: 'member', memberId, reason} | {kind: 'import'} | …
  source jsonb not null,
  at timestamptz not null default clock_timestamp()
);
create index on fit_assessment (customer_id, criterion_id, id);

-- Channels: what a campaign refers to -------------------------------------------------------------------------------------------

create table credential (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  type text not null check (type in ('smtp', 'telegram', 'linkedin', 'sandbox')),
  name text not null,
  config jsonb not null default '{}',
  -- Encrypted envelope (src/workspaces/secrets.ts); null when there is nothing to keep.
  secret text,
  limits jsonb not null default '{}',
  health text not null default 'unknown' check (health in ('unknown', 'ok', 'dead')),
  health_detail text,
  health_at timestamptz,
  -- Set while the provider throttles or is away: nothing is claimed for it before this instant.
  held_until timestamptz,
  failures integer not null default 0,
  archived_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index credential_one_sandbox on credential (workspace_id) where type = 'sandbox';
create index on credential (workspace_id, id);

-- Token buckets shared by all workers; a restart does not refill them.
create table credential_bucket (
  credential_id uuid not null references credential on delete cascade,
  period text not null check (period in ('second', 'hour', 'day')),
  tokens double precision not null,
  refilled_at timestamptz not null default clock_timestamp(),
  primary key (credential_id, period)
);

create table template (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  channel text not null default 'email' check (channel in ('email', 'telegram', 'linkedin', 'ai')),
  subject text not null default '',
  body text not null default '',
  archived_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index template_name on template (workspace_id, lower(name)) where archived_at is null;

create table template_version (
  template_id uuid not null references template on delete cascade,
  number integer not null,
  subject text not null,
  body text not null,
  saved_by text,
  saved_at timestamptz not null default now(),
  primary key (template_id, number)
);

-- Campaigns -----------------------------------------------------------------------------------------------------------------

create table campaign (
  id uuid primary key default new_id(),
  -- The key of the advisory lock that status moves take and batches share (ENGINE, "Status moves and batches").
  lock_key integer generated always as identity,
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  description text not null default '',
  status text not null default 'draft' check (status in ('draft', 'active', 'paused', 'completed', 'archived')),
  audience jsonb,
  exclude_segment_id uuid references segment,
  exit_on_audience_leave boolean not null default false,
  owner_id uuid references member on delete set null,
  -- What activation chose: keep enrolling whoever matches, once, or nobody yet.
  enroll_mode text not null default 'none' check (enroll_mode in ('keep', 'now', 'none')),
  holdout_percent double precision not null default 0 check (holdout_percent >= 0 and holdout_percent <= 50),
  version_id bigint,
  -- Layout of the canvas: {layout: {<node id>: {x, y}, $notes}}; not part of the graph's version.
  data jsonb not null default '{}',
  -- The campaign's clock: now() - paused_total while moving; stands at paused_at - paused_total while paused.
  paused_at timestamptz,
  paused_total interval not null default '0',
  activated_at timestamptz,
  archived_at timestamptz,
  -- With exit_on_audience_leave: when everybody inside was compared with the audience; null = it has to be done (again).
  leavers_checked_at timestamptz,
  -- When housekeeping had closed the last run of an archived campaign.
  runs_closed_at timestamptz,
  -- If-Match of the campaign's fields, and of its draft graph.
  version integer not null default 1,
  graph_version integer not null default 1,
  created_by uuid references member on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on campaign (workspace_id, id);
create index campaign_moving on campaign (id) where status in ('active', 'completed');
create index campaign_closing on campaign (id) where status = 'archived' and runs_closed_at is null;

create table campaign_move (
  id bigint generated always as identity primary key,
  campaign_id uuid not null references campaign on delete cascade,
  from_status text not null,
  to_status text not null,
  by text not null,
  detail jsonb not null default '{}',
  at timestamptz not null default clock_timestamp()
);
create index on campaign_move (campaign_id, id);

create table campaign_product (
  campaign_id uuid not null references campaign on delete cascade,
  product_id uuid not null references product,
  is_primary boolean not null default false,
  primary key (campaign_id, product_id)
);
create unique index campaign_primary_product on campaign_product (campaign_id) where is_primary;

create table node (
  campaign_id uuid not null references campaign on delete cascade,
  id text not null,
  type text not null,
  title text not null default '',
  config jsonb not null default '{}',
  position integer not null,
  primary key (campaign_id, id)
);

create table edge (
  campaign_id uuid not null references campaign on delete cascade,
  id text not null,
  source text not null,
  target text not null,
  "when" text,
  position integer not null,
  primary key (campaign_id, id)
);

create table workflow_version (
  id bigint generated always as identity primary key,
  campaign_id uuid not null references campaign on delete cascade,
  number integer not null,
  graph jsonb not null,
  -- Names of the events that its nodes wait or listen for: what its live runs are told of.
  listens text[] not null default '{}',
  note text,
  published_by text not null,
  published_at timestamptz not null default clock_timestamp(),
  unique (campaign_id, number)
);

create table firing (
  id uuid primary key default new_id(),
  workspace_id integer not null,
  campaign_id uuid not null references campaign on delete cascade,
  type text not null,
  status text not null check (status in ('scheduled', 'running', 'held', 'done', 'stopped', 'refused', 'failed', 'missed')),
  -- What is enrolled: an audience as on the campaign, resolved while the firing runs.
  audience jsonb not null,
  exclude_segment_id uuid,
  payload jsonb,
  matched integer not null default 0,
  enrolled integer not null default 0,
  skipped jsonb not null default '{}',
  -- The last customer id that a committed chunk has passed; a restart goes on behind it.
  cursor uuid,
  error text,
  by text not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create index on firing (campaign_id, id desc);
create index firing_open on firing (id) where status in ('scheduled', 'running', 'held');

-- The engine ------------------------------------------------------------------------------------------------------------------

create table run (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  campaign_id uuid not null,
  customer_id uuid not null,
  entry integer not null default 1,
  -- null = the campaign's current version; set only on runs that finish on an old one
  version_id bigint,
  product_id uuid,
  firing_id uuid,
  node_id text not null,
  status text not null default 'running',
  reason text,
  -- Deadlines: wake_at on the campaign's clock, wake_on on the wall clock.
  wake_at timestamptz,
  wake_on timestamptz,
  -- null = the node at node_id was not executed yet; 'time' = rests until a deadline; 'message' | 'event' = rests until that
  -- happens (or a deadline); 'skip' = a person said to leave by the default way out.
  awaiting text,
  outputs jsonb,
  error jsonb,
  attempt smallint not null default 0,
  steps integer not null default 0,
  entered_at timestamptz not null default now(),
  started_at timestamptz not null default now(),
  finished_at timestamptz
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05);
create unique index run_entry on run (campaign_id, customer_id, entry);
-- At most one live run a customer a campaign, whatever fires at once; also finds a customer's live runs for an event.
create unique index run_live on run (customer_id, campaign_id) where finished_at is null;
create index run_due on run (campaign_id, wake_at) where finished_at is null and wake_at is not null;
create index run_due_wall on run (campaign_id, wake_on) where finished_at is null and wake_on is not null;
-- A live run with no deadline, nothing awaited and no error: the watchdog reports whatever stands here.
create index run_stuck on run (id) where finished_at is null and wake_at is null and wake_on is null
  and (awaiting is null or awaiting in ('time', 'skip')) and error is null;
create index run_error on run (campaign_id) where finished_at is null and error is not null;

create table run_inbox (
  id bigint generated always as identity primary key,
  campaign_id uuid not null,
  run_id bigint not null,
  name text not null,
  payload jsonb not null default '{}',
  at timestamptz not null default clock_timestamp()
);
create index on run_inbox (campaign_id, id);
create index on run_inbox (run_id);

-- One run at one node. Append-only; seq counts a run's steps from 1.
create table step (
  workspace_id integer not null,
  customer_id uuid not null,
  run_id bigint not null,
  seq integer not null,
  version_id bigint,
  node_id text not null,
  label text,
  output jsonb,
  why jsonb,
  entered_at timestamptz not null,
  at timestamptz not null
) partition by range (at);
create index on step (run_id);

-- What happened to a customer; the bus. Readers keep a cursor on (xid, id) below pg_snapshot_xmin(pg_current_snapshot()).
create table event (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  workspace_id integer not null,
  customer_id uuid not null,
  name text not null,
  properties jsonb not null default '{}',
  campaign_id uuid,
  run_id bigint,
  node_id text,
  message_id bigint,
  occurred_at timestamptz not null,
  at timestamptz not null
) partition by range (at);
create index on event (xid, id);
create index on event (customer_id, id);

create table bus_cursor (
  name text primary key,
  xid xid8 not null,
  id bigint not null
);

-- Counts as deltas: a batch appends one row a campaign and metric instead of fighting over one; housekeeping folds them.
-- metric: enrolled | ended (key '<status>:<reason>') | message (key = state or 'replied', …) | node (key '<node id>:<label>')
create table tally (
  workspace_id integer not null,
  campaign_id uuid not null,
  metric text not null,
  key text not null default '',
  n bigint not null
);
create index on tally (campaign_id, metric);

-- Partitions by month, made ahead by housekeeping; the default ones take what no month claims, so that an insert never fails.
create table step_default partition of step default;
create table event_default partition of event default;

create function ensure_partitions(from_day date, months integer) returns void language plpgsql as $$
declare
  start_day date := date_trunc('month', from_day)::date;
  parent text;
begin
  for i in 0..months - 1 loop
    foreach parent in array array['step', 'event'] loop
      begin
        execute format('create table if not exists %I partition of %I for values from (%L) to (%L)',
          parent || to_char(start_day, '_YYYY_MM'), parent, start_day, (start_day + interval '1 month')::date);
      exception when check_violation then
        null; -- the default partition already holds rows of that month: they stay readable there
      end;
    end loop;
    start_day := (start_day + interval '1 month')::date;
  end loop;
end $$;
select ensure_partitions(current_date, 3);

-- Messages ------------------------------------------------------------------------------------------------------------------

-- The outbox and the funnel. States (ENGINE, loop 2; TRUST §3.2):
--   queued -> claimed (lease) -> handing (committed before the first byte) -> sent | refused | failed | unconfirmed
--   queued | claimed -> skipped (suppressed, no_address, withdrawn, …). An expired claimed returns to queued; an expired handing becomes unconfirmed.
create table message (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  campaign_id uuid not null,
  run_id bigint not null,
  node_id text not null,
  customer_id uuid not null,
  credential_id uuid not null,
  product_id uuid,
  channel text not null,
  transactional boolean not null default false,
  state text not null default 'queued'
    check (state in ('queued', 'claimed', 'handing', 'sent', 'refused', 'failed', 'unconfirmed', 'skipped')),
  reason text,
  send_after timestamptz not null default now(),
  attempt integer not null default 0,
  fence integer not null default 0,
  worker uuid,
  lease_until timestamptz,
  header_id text,
  provider_id text,
  response text,
  queued_at timestamptz not null default now(),
  handed_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  opened_at timestamptz,
  machine_opened_at timestamptz,
  clicked_at timestamptz,
  machine_clicked_at timestamptz,
  replied_at timestamptz,
  bounced_at timestamptz,
  complained_at timestamptz,
  unsubscribed_at timestamptz
) with (fillfactor = 80);
-- A step can never queue twice, nor a message node send twice in a run.
create unique index message_step on message (run_id, node_id);
create index message_queue on message (credential_id, campaign_id, send_after) where state = 'queued';
create index message_lease on message (lease_until) where state in ('claimed', 'handing');
create index message_by_campaign on message (campaign_id, id);
create index message_by_customer on message (customer_id, id);
create index message_page on message (workspace_id, id);

-- What was rendered and handed over: written with the intent, read by "messages as they were sent" and by the click redirect.
create table message_content (
  message_id bigint primary key,
  workspace_id integer not null,
  from_address text not null default '',
  to_address text not null,
  subject text not null,
  html text,
  text text not null,
  -- Destinations of the tracked links, by position: the click token names the position.
  links text[] not null default '{}',
  at timestamptz not null default clock_timestamp()
);

-- Every hit raw; the verdict is a versioned function that can be run again (TRUST §1.9).
create table tracking_hit (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  message_id bigint not null,
  kind text not null check (kind in ('open', 'click', 'unsubscribe_page')),
  link integer,
  method text not null,
  network text,
  user_agent text,
  verdict text not null check (verdict in ('human', 'machine', 'proxy', 'pending')),
  at timestamptz not null default clock_timestamp()
);
create index on tracking_hit (message_id);
create index tracking_hit_pending on tracking_hit (at) where verdict = 'pending';

-- The built-in mailbox of the sandbox credential.
create table sandbox_mail (
  id bigint generated always as identity primary key,
  workspace_id integer not null references workspace on delete cascade,
  message_id bigint,
  from_address text not null,
  to_address text not null,
  subject text not null,
  html text,
  text text not null,
  headers jsonb not null default '{}',
  -- what the person did in the mailbox, in order: [{action, at, …}]
  actions jsonb not null default '[]',
  received_at timestamptz not null default clock_timestamp()
);
create index on sandbox_mail (workspace_id, id desc);
create unique index on sandbox_mail (message_id, id);

create table task (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  kind text not null default 'todo' check (kind in ('todo', 'handoff', 'linkedin')),
  title text not null,
  note text,
  customer_id uuid,
  campaign_id uuid,
  run_id bigint,
  node_id text,
  assignee_id uuid references member on delete set null,
  due_at timestamptz,
  done_at timestamptz,
  done_by text,
  created_at timestamptz not null default now()
);
create index on task (workspace_id, id);
create unique index task_of_step on task (run_id, node_id) where run_id is not null;

-- Round-robin positions of handoffs; a batch takes a range at once, gaps allowed.
create sequence handoff_position;

-- Triggers (PRODUCT §3): what makes customers enroll. A deleted one keeps its row for its firings, without path and secrets.
create table trigger (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  campaign_id uuid not null references campaign on delete cascade,
  type text not null check (type in ('manual', 'schedule', 'webhook', 'event')),
  config jsonb not null default '{}',
  enabled boolean not null default true,
  -- schedule: the next firing, null while the campaign takes none.
  next_at timestamptz,
  -- schedule with refreshAudience = false: the remembered audience is complete since then; while it is taken, how far.
  snapshot_at timestamptz,
  snapshot_cursor uuid,
  -- Which of the remembered audiences counts; the rows of older ones are swept.
  snapshot integer not null default 1,
  -- webhook: the unguessable part of its address, and sealed secrets; the previous one is valid until then.
  path text unique,
  secret text,
  previous_secret text,
  previous_secret_until timestamptz,
  -- event: hears what was recorded from then on.
  heard_from timestamptz not null default now(),
  version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index trigger_of_campaign on trigger (campaign_id, id) where deleted_at is null;
create index trigger_due on trigger (next_at) where next_at is not null;
create index trigger_listening on trigger (id) where type = 'event' and enabled and deleted_at is null;

-- Who was in the audience when a schedule with refreshAudience = false began: one narrow row a customer.
create table trigger_audience (
  trigger_id uuid not null,
  snapshot integer not null,
  customer_id uuid not null,
  primary key (trigger_id, snapshot, customer_id)
);

alter table firing
  add column trigger_id uuid,
  -- The one customer whom it is about, where it is about one.
  add column customer_id uuid,
  -- How many firings this row sums up: missed ones, refused ones, and events that enrolled nobody.
  add column times integer not null default 1;
create index firing_of_trigger on firing (trigger_id, id desc) where trigger_id is not null;
create index firing_of_customer on firing (customer_id) where customer_id is not null;

-- {{trigger.payload}} of each customer, where one firing enrolls several with their own: events read in one batch.
create table firing_payload (
  firing_id uuid not null,
  customer_id uuid not null,
  payload jsonb not null,
  primary key (firing_id, customer_id)
);
create index on firing_payload (customer_id);

-- Ids of accepted webhook calls, remembered for 7 days: the same id again gets the same answer and enrolls nobody.
create table webhook_key (
  trigger_id uuid not null,
  id text not null,
  firing_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  primary key (trigger_id, id)
);
create index on webhook_key (at);

-- Calls that were refused, at most one row a minute, trigger and reason, so that a flood cannot fill the disk.
create table webhook_refusal (
  trigger_id uuid not null,
  minute timestamptz not null,
  reason text not null,
  times integer not null default 1,
  detail text not null,
  -- What the last of them said it was.
  webhook_id text,
  at timestamptz not null default clock_timestamp(),
  primary key (trigger_id, minute, reason)
);

-- The reader of event triggers begins with what is recorded from now on.
insert into bus_cursor (name, xid, id) values ('triggers', pg_snapshot_xmin(pg_current_snapshot()), 0);

-- Names of custom events seen so far, and of their properties: offered where a name is asked for. Never a value.
create table event_name (
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  properties text[] not null default '{}',
  first_at timestamptz not null default now(),
  primary key (workspace_id, name)
);
insert into event_name (workspace_id, name, first_at)
select workspace_id, name, min(at) from event
where name !~ '^(message|run|campaign|score|goal|customer)\.' group by 1, 2;

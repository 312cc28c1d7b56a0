-- Outgoing webhooks (Standard Webhooks): whom to tell, and of what.
create table webhook (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  name text not null,
  url text not null,
  -- Names of the events that it is told of.
  events text[] not null,
  -- Encrypted envelopes, bound to the row. The previous secret signs along until then, so that a receiver can change over.
  secret text not null,
  previous_secret text,
  previous_until timestamptz,
  enabled boolean not null default true,
  -- Why it was switched off by itself: its receiver answered 410, or has answered nothing else but failures for days.
  off_reason text check (off_reason in ('gone', 'failing')),
  off_at timestamptz,
  -- Since when every delivery has failed; null after one that did not.
  failing_since timestamptz,
  -- It hears what is recorded from then on.
  hears_from timestamptz not null default clock_timestamp(),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index on webhook (workspace_id, id);

-- What each webhook is told: one row an event. States:
--   queued -> handing (committed before the first byte, with a lease) -> delivered | failed; handing -> queued for another try
create table webhook_delivery (
  id uuid primary key default new_id(),
  workspace_id integer not null,
  webhook_id uuid not null references webhook on delete cascade,
  -- What it tells of: 'event:<id>', 'move:<id>' or 'test:<uuid>'.
  source text not null,
  event text not null,
  customer_id uuid,
  -- What is sent, the same at each try; null once it is kept no longer, or its person was erased.
  body text,
  state text not null default 'queued' check (state in ('queued', 'handing', 'delivered', 'failed')),
  reason text,
  attempt integer not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  created_at timestamptz not null default now(),
  finished_at timestamptz
);
-- Exactly one an event, however many workers read the bus.
create unique index webhook_delivery_source on webhook_delivery (webhook_id, source);
create index webhook_delivery_page on webhook_delivery (webhook_id, id);
create index webhook_delivery_due on webhook_delivery (webhook_id, due_at) where state = 'queued';
create index webhook_delivery_lease on webhook_delivery (webhook_id, lease_until) where state = 'handing';
create index webhook_delivery_old on webhook_delivery (finished_at) where state in ('delivered', 'failed');
create index webhook_delivery_customer on webhook_delivery (customer_id) where customer_id is not null;

-- Each try of a delivery and what came of it.
create table webhook_attempt (
  id bigint generated always as identity primary key,
  delivery_id uuid not null references webhook_delivery on delete cascade,
  at timestamptz not null,
  took_ms integer not null,
  -- The answer's HTTP status, or why there was none.
  status integer,
  reason text,
  -- The headers that were sent, without the secret; and of the answer's body as much as a person needs to see.
  request_headers jsonb not null default '{}',
  response text
);
create index on webhook_attempt (delivery_id, id);

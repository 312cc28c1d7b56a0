-- What http-request steps ask of the user's own systems: a ledger like message. States:
--   queued -> handing (committed before the first byte, with a lease) -> done; handing -> queued for another try
--   queued -> withdrawn: its run left the step, or ended
-- The request itself, which may hold a person's data, is kept no longer than it is needed.
create table http_request (
  id bigint generated always as identity primary key,
  workspace_id integer not null,
  campaign_id uuid not null,
  run_id bigint not null,
  node_id text not null,
  customer_id uuid not null,
  request jsonb,
  state text not null default 'queued' check (state in ('queued', 'handing', 'done', 'withdrawn')),
  due_at timestamptz not null default now(),
  attempt integer not null default 0,
  fence integer not null default 0,
  lease_until timestamptz,
  ok boolean,
  status integer,
  queued_at timestamptz not null default now(),
  finished_at timestamptz
);
-- A step asks once in a run; tries of it carry the same key.
create unique index http_request_step on http_request (run_id, node_id);
create index http_request_due on http_request (campaign_id, due_at) where state = 'queued';
create index http_request_lease on http_request (lease_until) where state = 'handing';

-- A goal that a run has reached: written once, never changed, whether the run was live, ended or held out. No foreign keys, as for runs.
create table run_goal (
  run_id bigint not null,
  node_id text not null,
  workspace_id integer not null,
  campaign_id uuid not null,
  customer_id uuid not null,
  -- The version whose goal it was.
  version_id bigint,
  -- {code, text, values}: what happened, or the values that were compared.
  why jsonb,
  -- When it happened; when it was noticed.
  at timestamptz not null,
  marked_at timestamptz not null default now(),
  primary key (run_id, node_id)
);
create index on run_goal (campaign_id, node_id, at);
create index on run_goal (customer_id);

-- Names of the events by which a run may reach a goal of this version, also after it ended.
alter table workflow_version add column goals text[] not null default '{}';
create index on workflow_version (campaign_id) where goals <> '{}';

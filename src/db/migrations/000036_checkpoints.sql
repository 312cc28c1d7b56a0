-- The draft as it was before something changed much of it at once, or when somebody began to work on it: what it can be brought back to
-- without having been published.
create table draft_checkpoint (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  campaign_id uuid not null references campaign on delete cascade,
  reason text not null check (reason in ('opened', 'ai')),
  -- The draft's version that it holds.
  graph_version integer not null,
  -- nodes, edges, layout
  graph jsonb not null,
  made_by text not null,
  made_at timestamptz not null default clock_timestamp()
);
create index draft_checkpoint_campaign on draft_checkpoint (campaign_id, id);

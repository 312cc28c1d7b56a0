-- What lasts only as long as somebody looks: who has a builder open and where, and how far simulations are. Unlogged: after a crash
-- nobody is there and nothing runs.
create unlogged table builder_presence (
  campaign_id uuid not null references campaign on delete cascade,
  -- One open tab; made by the browser.
  tab uuid not null,
  workspace_id integer not null references workspace on delete cascade,
  member_id uuid not null references member on delete cascade,
  -- The node whose drawer is open there.
  node_id text,
  seen_at timestamptz not null default now(),
  primary key (campaign_id, tab)
);

create unlogged table simulation (
  id uuid primary key,
  campaign_id uuid not null references campaign on delete cascade,
  workspace_id integer not null references workspace on delete cascade,
  done integer not null default 0,
  -- How many customers there are to walk; null while that is not known.
  total integer,
  seen_at timestamptz not null default now()
);
create index simulation_campaign on simulation (campaign_id);

-- Who saved the draft last.
alter table campaign add column draft_by text, add column draft_at timestamptz;

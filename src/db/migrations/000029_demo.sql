-- Demo workspaces, each of the account that asked for it, and how far its making or its removal is. A row a workspace; the demo loop
-- carries it on a stage at a time.
create table demo (
  workspace_id integer primary key references workspace on delete cascade,
  account_id uuid references account on delete set null,
  state text not null default 'loading' check (state in ('loading', 'ready', 'failed', 'removing')),
  -- While it loads: what comes next, and whether somebody has begun with it. Begun by nobody who is alive: it is made anew.
  stage integer not null default 0,
  begun boolean not null default false,
  attempt integer not null default 1,
  -- Ids that later stages need.
  facts jsonb not null default '{}',
  error text,
  created_at timestamptz not null default now()
);
create unique index demo_of_account on demo (account_id) where state in ('loading', 'ready');
create index demo_under_way on demo (workspace_id) where state in ('loading', 'removing');

-- Demo workspaces of earlier versions, which only the command line made. One that is not whole is removed.
insert into demo (workspace_id, account_id, state)
select m.workspace_id, a.id,
  case when exists (select from audit_log l where l.workspace_id = m.workspace_id and l.action = 'demo.loaded') then 'ready' else 'removing' end
from account a join member m on m.account_id = a.id where a.email = 'demo@harbor.example';

-- The example that a workspace has loaded: what it is made of, so that it can be taken away again without touching anything else.
create table example (
  workspace_id integer primary key references workspace on delete cascade,
  state text not null default 'loaded' check (state in ('loaded', 'removing')),
  campaign_id uuid not null,
  segment_id uuid not null,
  customer_ids uuid[] not null,
  loaded_at timestamptz not null default now()
);
create index example_removing on example (workspace_id) where state = 'removing';

-- A link by which somebody chooses a new password: for an hour, once.
create table password_reset (
  token_hash bytea primary key,
  account_id uuid not null references account on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now()
);
create index on password_reset (account_id);

-- What a person is shown of their sessions, and how they name one to end it.
alter table session
  add column id uuid not null default new_id(),
  add column ip text,
  add column user_agent text;
create unique index on session (id);
create index on session (account_id);

-- When a member was last at work here; sessions go when somebody signs out.
alter table member add column last_seen_at timestamptz;
update member m set last_seen_at = (
  select max(s.seen_at) from session s where s.workspace_id = m.workspace_id and s.account_id = m.account_id
);

-- The zone in which a person reads times; null = the browser's.
alter table account add column timezone text;

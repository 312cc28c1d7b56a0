-- What takes long and was asked for in the app: the same change to many customers, a list as a file. A worker carries it on, a chunk a
-- transaction; the cursor moves with each.
create table job (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  kind text not null check (kind in ('bulk', 'export')),
  -- What is to be done, as the request said it.
  input jsonb not null,
  status text not null default 'running' check (status in ('running', 'done', 'failed', 'canceled')),
  -- Customers or rows; total null: not known.
  done integer not null default 0,
  changed integer not null default 0,
  total integer,
  -- Bulk: the last customer that was looked at.
  cursor uuid,
  error text,
  by text not null,
  alive_at timestamptz not null default '-infinity',
  fence integer not null default 0,
  tries integer not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  -- When its file was first fetched whole.
  fetched_at timestamptz
);
create index job_page on job (workspace_id, id desc);
create index job_open on job (id) where status = 'running';
create index job_ready on job (workspace_id) where kind = 'export' and status = 'done' and fetched_at is null;

create table job_piece (
  job_id uuid not null references job on delete cascade,
  number integer not null,
  bytes bytea not null,
  primary key (job_id, number)
);
alter table job_piece alter column bytes set storage external;

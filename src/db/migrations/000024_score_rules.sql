-- Criteria that score by themselves: work on many customers at once (a rule changed, a company changed, a person asked), in chunks behind a cursor.
create table score_job (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  -- Whose criteria are scored anew; null = those of all products (a company changed).
  product_id uuid references product on delete cascade,
  -- One criterion of it; null = all of them.
  criterion_id uuid references fit_criterion on delete cascade,
  -- Only this company's customers; null = all.
  company_id uuid references company on delete cascade,
  status text not null default 'running' check (status in ('running', 'done', 'stopped')),
  -- Customers to look at, as counted when it began.
  total integer not null,
  looked_at integer not null default 0,
  -- Scores that became others.
  changed integer not null default 0,
  cursor uuid,
  by text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);
create index score_job_open on score_job (id) where status = 'running';
create index score_job_of_product on score_job (product_id, id desc);

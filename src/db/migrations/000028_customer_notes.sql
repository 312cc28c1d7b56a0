-- What people of the workspace write down about a customer.
create table customer_note (
  id uuid primary key default new_id(),
  workspace_id integer not null references workspace on delete cascade,
  customer_id uuid not null,
  text text not null,
  by text not null,
  created_at timestamptz not null default clock_timestamp()
);
create index on customer_note (customer_id, created_at desc);

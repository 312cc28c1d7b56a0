-- Ids that callers gave their events: the same one again is not recorded twice. Only the hash is kept, as an id may name a person;
-- housekeeping forgets it after 30 days.
create table event_key (
  workspace_id integer not null references workspace on delete cascade,
  digest bytea not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, digest)
);
create index on event_key (created_at);

-- An import whose file was sent first is the server's own work: looked through without writing a customer (`checking`), then written
-- (`running`), a chunk a transaction, by whichever worker holds it. Its file lies in pieces here until it has ended.
alter table import drop constraint import_status_check;
alter table import add constraint import_status_check
  check (status in ('uploading', 'uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'canceled'));
alter table import
  -- Bytes of the file; null: it was read as it came, and there is no file to go on with.
  add column size bigint,
  add column received bigint not null default 0,
  -- What the check found: {rowsRead, created, updated, unchanged, rejected}.
  add column checked jsonb,
  -- Who holds it: a chunk of an older number rolls back.
  add column fence integer not null default 0,
  -- How often it was taken up since its last chunk.
  add column tries integer not null default 0;
create index import_open on import (id) where size is not null and status in ('uploading', 'uploaded', 'checking', 'checked', 'running');

create table import_piece (
  import_id uuid not null references import on delete cascade,
  -- Where in the file its first byte stands.
  at bigint not null,
  bytes bytea not null,
  primary key (import_id, at)
);
alter table import_piece alter column bytes set storage external;

-- What the check would reject is kept beside what the import did: the two need not agree.
alter table import_reject add column checked boolean not null default false;
alter table import_reject drop constraint import_reject_pkey;
alter table import_reject add primary key (import_id, checked, line, code);

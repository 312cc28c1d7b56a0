-- A running import says every few seconds that it runs: one whose process was killed is shown as failed, with what it had committed.
alter table import add column alive_at timestamptz not null default now();

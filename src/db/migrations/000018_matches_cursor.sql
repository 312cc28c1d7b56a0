-- Comparing everybody with the audience of a campaign that keeps enrolling goes on where it stood, in whichever process.
alter table campaign add column matches_cursor uuid;

-- Small letters alone, to rule out by one look what rule_text would take several for.
do $$
declare
  small text := 'lower(value)';
begin
  if exists (select from pg_collation where collname = 'pg_unicode_fast' and collnamespace = 'pg_catalog'::regnamespace) then
    small := 'lower(value collate pg_catalog.pg_unicode_fast)';
  elsif exists (select from pg_collation where collname = 'und-x-icu' and collnamespace = 'pg_catalog'::regnamespace) then
    small := 'lower(value collate pg_catalog."und-x-icu")';
  end if;
  execute format('create function rule_lower(value text) returns text language sql immutable parallel safe return (%s) collate "C"', small);
end $$;

-- As before, with a shorter way for texts of ASCII alone, which are composed as they stand: a third of the time.
create or replace function rule_text(value text) returns text language sql immutable parallel safe return
  case when octet_length(value) = length(value) then lower(btrim(value, e' \t\n\u000b\f\r') collate "C")
    else rule_lower(rule_trim(normalize(value, nfc))) end collate "C";

-- With the instant by which it is partitioned, so that leaving out old months needs no look at the rows.
drop index event_by_name;
create index event_by_name on event (workspace_id, name, customer_id, occurred_at) include (at);

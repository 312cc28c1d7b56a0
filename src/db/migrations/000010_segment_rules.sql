-- Rules of dynamic segments compare in SQL exactly as src/workflow/conditions.ts does in memory: rule_text is textOf, rule_number numberOf,
-- rule_instant instantOf.

-- What JavaScript's trim() takes off.
create function rule_trim(value text) returns text language sql immutable parallel safe
  return btrim(value, e'\t\n\u000b\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff');

-- Small letters by the full mapping of Unicode: PostgreSQL 18 brings it, before that ICU does. Without either, letters beyond ASCII keep to
-- what the database's locale knows.
do $$
declare
  small text := 'lower(rule_trim(normalize(value, nfc)))';
begin
  if exists (select from pg_collation where collname = 'pg_unicode_fast' and collnamespace = 'pg_catalog'::regnamespace) then
    small := 'lower(rule_trim(normalize(value, nfc)) collate pg_catalog.pg_unicode_fast)';
  elsif exists (select from pg_collation where collname = 'und-x-icu' and collnamespace = 'pg_catalog'::regnamespace) then
    small := 'lower(rule_trim(normalize(value, nfc)) collate pg_catalog."und-x-icu")';
  end if;
  execute format('create function rule_text(value text) returns text language sql immutable parallel safe return (%s) collate "C"', small);
end $$;

-- A number in a text; null for what is none or has no finite value.
do $do$
declare
  valid text := 'pg_input_is_valid(digits, ''float8'')';
begin
  if current_setting('server_version_num')::int < 160000 then
    create function rule_is_float(digits text) returns boolean language plpgsql immutable as $f$
      begin
        perform digits::float8;
        return true;
      exception when numeric_value_out_of_range then
        return false;
      end $f$;
    valid := 'rule_is_float(digits)';
  end if;
  execute format($f$
    create function rule_number(value text) returns double precision language plpgsql immutable %s as $g$
    declare
      digits text := rule_trim(value);
    begin
      if digits is null or digits !~* '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$' then return null; end if;
      if not %s then return case when digits ~* 'e-' then 0 end; end if;
      return digits::float8;
    end $g$
  $f$, case when valid like 'pg_input%' then 'parallel safe' else '' end, valid);
end $do$;

-- An ISO 8601 date or time in milliseconds since 1970; without a zone it is UTC. Days up to 31 run over into the next month, as in JavaScript.
create function rule_instant(value text) returns double precision language plpgsql immutable parallel safe as $$
declare
  part text[];
  fraction integer;
  ahead integer;
begin
  if value is null or value !~ '[0-9]{4}-[0-9]{2}-[0-9]{2}' then return null; end if;
  part := regexp_match(rule_trim(value), '^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?$', 'i');
  if part is null or part[1] = '0000' or part[2]::int not between 1 and 12 or part[3]::int not between 1 and 31 then return null; end if;
  fraction := coalesce(rpad(left(part[7], 3), 3, '0')::int, 0);
  if part[4]::int > 24 or part[5]::int > 59 or part[6]::int > 59
    or (part[4]::int = 24 and (part[5]::int > 0 or coalesce(part[6]::int, 0) > 0 or fraction > 0)) then return null; end if;
  ahead := 0;
  if part[8] ~ '^[+-]' then
    if substr(part[8], 2, 2)::int > 23 or right(part[8], 2)::int > 59 then return null; end if;
    ahead := (substr(part[8], 2, 2)::int * 60 + right(part[8], 2)::int) * case left(part[8], 1) when '-' then -1 else 1 end;
  end if;
  return ((make_date(part[1]::int, part[2]::int, 1) - date '1970-01-01') + part[3]::int - 1) * 86400000.0::float8
    + coalesce(part[4]::int, 0) * 3600000.0 + coalesce(part[5]::int, 0) * 60000.0 - ahead * 60000.0
    + coalesce(part[6]::int, 0) * 1000.0 + fraction;
end $$;

-- Who did what: `{event, did, count, within}` of a whole workspace reads this index alone.
create index event_by_name on event (workspace_id, name, customer_id, occurred_at);

-- Keep enrolling: when everybody was compared with the audience, where time alone may make somebody match; null = it has to be done.
alter table campaign add column matches_checked_at timestamptz;

-- Searching a list of customers for a part of a name or an address: without this every word reads everybody. The expression is that of
-- src/customers/queries.ts. An installation without contrib's pg_trgm, or whose account may not create it, searches as slowly as before.
do $$
begin
  create extension if not exists pg_trgm;
  create index customer_words on customer using gin ((
    coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' ' || coalesce(external_id, '') || ' ' || coalesce(phone, '')
  ) gin_trgm_ops) where erased_at is null;
exception when insufficient_privilege or undefined_file or undefined_object or feature_not_supported then
  raise notice 'Without the extension pg_trgm a search reads all customers: %', sqlerrm;
end $$;

-- The highest and the lowest scores of a criterion, of whom a list by score begins with; and what a criterion that is deleted takes along.
create index fit_score_by_score on fit_score (criterion_id, score, customer_id);

-- The archived ones are few, and everybody is looked through for them.
create index customer_archived on customer (workspace_id, id) where archived_at is not null;

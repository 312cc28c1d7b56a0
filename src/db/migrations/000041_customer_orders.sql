-- What the list of customers is ordered by most, for those whom it shows: a first page reads its 200 rows instead of all. A name may be
-- longer than an entry of an index; its beginning is enough to order by. The second one also counts: by country, and everybody.
create index customer_by_name on customer (
  workspace_id,
  (left(lower(coalesce(nullif(btrim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')), ''), email)), 200)),
  id
) where archived_at is null and erased_at is null;
create index customer_by_country on customer (workspace_id, country, id) where archived_at is null and erased_at is null;

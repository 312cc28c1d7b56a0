-- Who is behind a number, when few are: found by what happened to them, not by looking at everybody. `keys` are hashes of the facts that a
-- list can ask for (src/analytics/people-sql.ts), made with the rest of the row. They fill while every workspace is counted anew.
alter table analytics_run add column keys bigint[] not null default '{}';
create index analytics_run_keys on analytics_run using gin (keys);
create index analytics_run_here on analytics_run (campaign_id, node_id) where status = 'running';
-- What they found is among the keys.
drop index analytics_run_clicked;
drop index analytics_run_unconfirmed;

insert into analytics_recount (workspace_id) select id from workspace on conflict (workspace_id) do update set after_run_id = 0;

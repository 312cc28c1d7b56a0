-- Goals count, too: which a run has reached, also one that was held out. Whom it concerns is kept, for comparing with those held out.
alter table analytics_run add column goals text[] not null default '{}';
alter table analytics_run add column customer_id uuid;

-- Who stands behind a number that few do: found without looking at everybody.
create index analytics_run_reason on analytics_run (campaign_id, reason, run_id);
create index analytics_run_failing on analytics_run (campaign_id, run_id) where failing;
create index analytics_run_clicked on analytics_run (campaign_id, run_id) where stages & 136 > 0;
create index analytics_run_unconfirmed on analytics_run (campaign_id, run_id) where stages & 256 > 0;
create index analytics_run_handoff on analytics_run (workspace_id, customer_id) where reason = 'handoff';

create function analytics_goal_changed() returns trigger language plpgsql as $$
begin
  insert into analytics_pending (run_ids) select array_agg(run_id) from changed having count(*) > 0;
  return null;
end $$;
create trigger analytics_goal_reached after insert on run_goal referencing new table as changed
  for each statement execute function analytics_goal_changed();

insert into analytics_recount (workspace_id) select id from workspace on conflict (workspace_id) do update set after_run_id = 0;

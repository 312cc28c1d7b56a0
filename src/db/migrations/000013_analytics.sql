-- Analytics. Numbers are sums of small tables that follow the rows of run, message, step and tracking_hit: `analytics_run` is what each run
-- was last counted as, the other three are sums of it. Everything here can be made anew from the rows (cli rebuild-analytics).

-- What changed and was not counted yet: ids of runs, a row a statement. Written by the triggers below, so that whoever changes a row of a
-- run cannot forget it; emptied by the counting loop.
create table analytics_pending (
  id bigint generated always as identity primary key,
  run_ids bigint[] not null
);

-- Workspaces of which every run is counted anew, behind a cursor: after this migration, and when their time zone changes.
create table analytics_recount (
  workspace_id integer primary key references workspace on delete cascade,
  after_run_id bigint not null default 0
);

-- One run as it was counted. `stages` and the like are bits (src/analytics/stages.ts); arrays of one prefix run in parallel.
create table analytics_run (
  run_id bigint primary key,
  workspace_id integer not null,
  campaign_id uuid not null,
  started_at timestamptz not null,
  -- The day of enrolling, in the workspace's time zone.
  day date not null,
  -- No product is the nil uuid, no version 0: both are parts of keys.
  product_id uuid not null,
  version integer not null,
  again boolean not null,
  status text not null,
  reason text not null,
  node_id text not null,
  failing boolean not null,
  stages integer not null,
  -- By channel, what its messages reached together.
  channels text[] not null,
  channel_stages integer[] not null,
  -- The branch taken at each split.
  split_nodes text[] not null,
  split_branches text[] not null,
  -- Each way by which it left a node; `step_first` marks one for each node.
  step_nodes text[] not null,
  step_labels text[] not null,
  step_first boolean[] not null,
  message_nodes text[] not null,
  message_channels text[] not null,
  message_products uuid[] not null,
  message_outcomes text[] not null,
  message_stages integer[] not null,
  message_reply_times smallint[] not null,
  link_nodes text[] not null,
  link_urls text[] not null,
  link_human boolean[] not null
) with (fillfactor = 80);
create index analytics_run_page on analytics_run (campaign_id, run_id);
create index analytics_run_started on analytics_run (campaign_id, started_at, run_id);

-- The sums: by the day of enrolling, the run's product, version and entry, and once more for each branch that it took at a split
-- (split_node '' is the whole).

-- How many runs reached each stage. Channel '' is all channels together.
create table analytics_funnel (
  workspace_id integer not null,
  campaign_id uuid not null,
  split_node text not null,
  split_branch text not null,
  channel text not null,
  day date not null,
  product_id uuid not null,
  version integer not null,
  again boolean not null,
  enrolled bigint not null,
  sent bigint not null,
  delivered bigint not null,
  opened bigint not null,
  clicked bigint not null,
  replied bigint not null,
  handoff bigint not null,
  machine_opened bigint not null,
  machine_clicked bigint not null,
  primary key (campaign_id, split_node, split_branch, channel, day, product_id, version, again)
) with (fillfactor = 70);
create index analytics_funnel_day on analytics_funnel (workspace_id, day) where split_node = '';

-- How many messages reached each stage, by node, channel, their own product and what became of them (a state, or `skipped:<reason>`).
create table analytics_message (
  workspace_id integer not null,
  campaign_id uuid not null,
  split_node text not null,
  split_branch text not null,
  node_id text not null,
  channel text not null,
  message_product_id uuid not null,
  outcome text not null,
  day date not null,
  product_id uuid not null,
  version integer not null,
  again boolean not null,
  messages bigint not null,
  sent bigint not null,
  delivered bigint not null,
  opened bigint not null,
  clicked bigint not null,
  replied bigint not null,
  bounced bigint not null,
  unconfirmed bigint not null,
  machine_opened bigint not null,
  machine_clicked bigint not null,
  unsubscribed bigint not null,
  complained bigint not null,
  primary key (campaign_id, split_node, split_branch, node_id, channel, message_product_id, outcome, day, product_id, version, again)
) with (fillfactor = 70);

-- Everything else that is counted: step (key node, label its way out), stop (the node ended the run), passed (node), here and failing
-- (node), handoff (node), end (status, reason), link and machine-link (node, address), reply (channel, bucket of the time it took).
create table analytics_count (
  workspace_id integer not null,
  campaign_id uuid not null,
  split_node text not null,
  split_branch text not null,
  kind text not null,
  key text not null,
  label text not null,
  day date not null,
  product_id uuid not null,
  version integer not null,
  again boolean not null,
  n bigint not null,
  primary key (campaign_id, split_node, split_branch, kind, key, label, day, product_id, version, again)
) with (fillfactor = 70);

create function analytics_run_changed() returns trigger language plpgsql as $$
begin
  insert into analytics_pending (run_ids)
  select array_agg(id) from (select id, row_number() over () / 2000 as part from changed) c group by part;
  return null;
end $$;
create trigger analytics_run_added after insert on run referencing new table as changed
  for each statement execute function analytics_run_changed();
create trigger analytics_run_updated after update on run referencing new table as changed
  for each statement execute function analytics_run_changed();

-- Being claimed or in a provider's hands is no news.
create function analytics_message_changed() returns trigger language plpgsql as $$
begin
  insert into analytics_pending (run_ids)
  select array_agg(run_id) from (select run_id, row_number() over () / 2000 as part from changed where state not in ('claimed', 'handing')) c group by part;
  return null;
end $$;
create trigger analytics_message_updated after update on message referencing new table as changed
  for each statement execute function analytics_message_changed();

create function analytics_hit_changed() returns trigger language plpgsql as $$
begin
  insert into analytics_pending (run_ids)
  select array_agg(m.run_id) from changed h join message m on m.id = h.message_id
  where h.kind = 'click' and h.verdict in ('human', 'machine') having count(*) > 0;
  return null;
end $$;
create trigger analytics_hit_added after insert on tracking_hit referencing new table as changed
  for each statement execute function analytics_hit_changed();
create trigger analytics_hit_judged after update on tracking_hit referencing new table as changed
  for each statement execute function analytics_hit_changed();

-- Days are days of the workspace: another zone, other days.
create function analytics_zone_changed() returns trigger language plpgsql as $$
begin
  insert into analytics_recount (workspace_id) values (new.id) on conflict (workspace_id) do update set after_run_id = 0;
  return null;
end $$;
create trigger analytics_zone_changed after update of timezone on workspace for each row when (old.timezone is distinct from new.timezone)
  execute function analytics_zone_changed();

insert into analytics_recount (workspace_id) select id from workspace;

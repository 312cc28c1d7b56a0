-- The calendar of sends: on which day each message of a run was sent, in the workspace's time zone (null: it was not), beside the other
-- arrays of messages. Every run is counted anew for it, behind a cursor, while the numbers stay right.
alter table analytics_run add column message_sent_days date[] not null default '{}';
insert into analytics_recount (workspace_id) select id from workspace on conflict (workspace_id) do update set after_run_id = 0;

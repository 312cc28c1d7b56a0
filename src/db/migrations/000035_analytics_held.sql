-- Those held out beside those handed off: both read from the index alone, since the rows are wide.
create index analytics_run_held on analytics_run (campaign_id, customer_id) include (started_at, workspace_id, product_id, version, again)
  where reason = 'holdout';
drop index analytics_run_handoff;
create index analytics_run_handoff on analytics_run (workspace_id, customer_id, started_at) where reason = 'handoff';

-- Lists in any order, page by page. The runs of a campaign by status or by when they began: an order over all of them is merged from
-- the four statuses.
create index run_listed on run (campaign_id, status, started_at, id);

-- Messages by when they were queued, also between two days; it stands in for the one by id.
create index message_by_time on message (workspace_id, queued_at, id);
drop index message_page;
-- The states that few messages are in. Those that are queued or in hand have indexes of their own, and most are sent.
create index message_by_state on message (workspace_id, state, queued_at, id)
  where state in ('refused', 'failed', 'unconfirmed', 'skipped');

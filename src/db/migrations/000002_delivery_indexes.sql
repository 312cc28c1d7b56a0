-- Transactional messages are claimed before the rest, however many wait.
create index message_queue_transactional on message (credential_id, campaign_id, send_after) where state = 'queued' and transactional;

-- Clicks are judged by what the same network did in the same ten seconds, all over a campaign.
create index tracking_hit_time on tracking_hit (at);

-- A message in the sandbox is found by its ledger row; one message may be delivered there once.
create unique index sandbox_mail_message on sandbox_mail (message_id) where message_id is not null;
drop index if exists sandbox_mail_message_id_id_idx;

-- The audit log by action and by day.
create index on audit_log (workspace_id, action, id desc);
create index on audit_log (workspace_id, at);

-- When the password or token of a sending account was put in last.
alter table credential add column secret_set_at timestamptz;
update credential set secret_set_at = created_at where secret is not null;

-- The campaign of which a message or a step put somebody on the list.
alter table suppression add column campaign_id uuid;

-- Up to where each member has seen the sandbox mailbox; what is there already is not new to anybody.
alter table member add column sandbox_seen_id bigint not null default 0;
update member m set sandbox_seen_id = coalesce((select max(s.id) from sandbox_mail s where s.workspace_id = m.workspace_id), 0);

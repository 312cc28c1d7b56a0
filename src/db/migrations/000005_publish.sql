-- What becomes of the runs that stand on nodes which the campaign's current version no longer has, by node id: {action: 'finish' | 'move'
-- | 'exit', target, versionId, retyped, why}. Null once all of them have followed; nobody moves in the campaign before.
alter table campaign add column leaving jsonb;
-- The last customer whose run was looked at for it.
alter table campaign add column leaving_cursor uuid;
create index campaign_leaving on campaign (id) where leaving is not null;

-- Who changed what in the draft since it was published, by node id or edge: {"node:<id>": {by, at}}.
alter table campaign add column draft_touched jsonb not null default '{}';

-- The draft's version that this one was made of: the same number says that nothing is unpublished.
alter table workflow_version add column draft_version integer;

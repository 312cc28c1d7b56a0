-- Whether messages of a campaign may be handed over in the caller's transaction. Takes the campaign's lock shared, without waiting, and
-- only then, by a snapshot of its own (the function is volatile), reads the status: a pause that was answered is always seen. As a
-- function it can be asked within one large statement, which saves the delivery loop four round trips a turn.
create function may_hand_over(campaign_id uuid) returns boolean language plpgsql volatile as $$
declare
  held_by_lock boolean;
begin
  select pg_try_advisory_xact_lock_shared(1, c.lock_key) into held_by_lock from campaign c where c.id = campaign_id;
  if held_by_lock is not true then
    return false;
  end if;
  return exists (select from campaign c where c.id = campaign_id and c.status in ('active', 'completed') and c.leaving is null);
end $$;

-- Test messages of the last day are counted by who sent them (TRUST S30).
create index audit_log_test_sends on audit_log (workspace_id, actor, at) where action = 'message.test-sent';

-- How many more marketing messages a customer may get in the day that began at `day_start`, in the caller's transaction. Takes a lock of
-- the customer's without waiting and counts by a snapshot of its own (the function is volatile), so what another turn has committed is
-- always seen. Null: another turn is handing something to this customer over right now.
create function room_today(customer uuid, cap integer, day_start timestamptz) returns integer language plpgsql volatile as $$
begin
  if not pg_try_advisory_xact_lock(3, hashtext(customer::text)) then
    return null;
  end if;
  return cap - (select count(*) from message m where m.customer_id = customer and not m.transactional
    and m.state in ('handing', 'sent', 'unconfirmed') and m.handed_at >= day_start);
end $$;

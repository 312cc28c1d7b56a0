-- Customers who were overdue when a campaign went on may be let go evenly over some hours (a claim rate until that time is over). They are
-- the live runs due by spread_clock on the campaign's clock, or by spread_from on the wall clock; all others are not held up.
alter table campaign add column spread_from timestamptz;
alter table campaign add column spread_until timestamptz;
alter table campaign add column spread_clock timestamptz;
-- How many they were, and how many were let go so far.
alter table campaign add column spread_total integer not null default 0;
alter table campaign add column spread_released integer not null default 0;

-- purpose: closing balances of the day in points, as the loyalty platform states them
-- reads: loyalty_balance
-- writes: balance_events_stated
-- parameters: $as_of_date
-- invariant: one row per programme and member with a balance
select programme_id, global_id, sum(points) as points from loyalty_balance where as_of_date = $as_of_date group by programme_id, global_id

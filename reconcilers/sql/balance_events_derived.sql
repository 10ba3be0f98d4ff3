-- purpose: what every member should hold: the sum of all their loyalty events that entered the books
-- reads: loyalty_event
-- writes: balance_events_derived
-- parameters: none
-- invariant: one row per programme and member with events
select programme_id, global_id, sum(points) as points, count(*) as event_count from loyalty_event group by programme_id, global_id

-- purpose: leaving units that the pool or the platform's trace did not give
-- reads: lot_departing, lot_taken_first
-- writes: lot_departing_left
-- parameters: none
-- invariant: points > 0; taken first + left = units leaving
with taken as (
    select event_no, -sum(points) as points from lot_taken_first group by event_no
)
select d.event_no, d.event_id, d.group_no, d.taking_kind, d.member_no, (d.points - coalesce(t.points, 0))::decimal(18, 4) as points
from lot_departing d
left join taken t on t.event_no = d.event_no
where d.points > coalesce(t.points, 0)

-- purpose: what events of earlier days that are reversed today still hold taken, by lot
-- reads: lot_event, prior_lot_movement
-- writes: lot_reversed_taking
-- parameters: $as_of_date
-- invariant: points > 0; takings net of restorations and of repaid arrears
with wanted as (
    select distinct reverses_event_id, programme_id, global_id from lot_event where group_no = 2 and reverses_event_id is not null
)
select m.taking_event_id, min(m.taking_kind) as taking_kind, m.lot_id, m.global_id, m.programme_id, (-sum(m.points))::decimal(38, 4) as points,
    max({'on': m.business_date, 'at': m.sequence}) filter (m.points < 0) as last_taken
from prior_lot_movement m
semi join wanted w on w.reverses_event_id = m.taking_event_id and w.programme_id = m.programme_id and w.global_id = m.global_id
where m.business_date < $as_of_date
group by m.taking_event_id, m.lot_id, m.global_id, m.programme_id
having sum(m.points) < 0

-- purpose: what the originals of waiting reversals still hold taken, by lot, in the order it was taken
-- reads: lot_queue, lot_reversed_taking, lot_moved, lot_held
-- writes: lot_restorable
-- parameters: $as_of_date
-- invariant: points > 0
with wanted as (
    select distinct reverses_event_id, programme_id, global_id from lot_queue where reverses_event_id is not null
),
taken as (
    select taking_event_id, taking_kind, lot_id, global_id, programme_id, points, last_taken
    from lot_reversed_taking
    union all
    select m.taking_event_id, m.taking_kind, h.lot_id, h.global_id, h.programme_id, -m.points,
        case when m.points < 0 then {'on': $as_of_date, 'at': m.sequence} end
    from lot_moved m
    join lot_held h on h.held_no = m.held_no
    where m.taking_event_id is not null
)
select t.taking_event_id, min(t.taking_kind) as taking_kind, t.lot_id, t.global_id, t.programme_id, sum(t.points)::decimal(38, 4) as points,
    max(t.last_taken) as last_taken
from taken t
semi join wanted w on w.reverses_event_id = t.taking_event_id and w.programme_id = t.programme_id and w.global_id = t.global_id
group by t.taking_event_id, t.lot_id, t.global_id, t.programme_id
having sum(t.points) > 0

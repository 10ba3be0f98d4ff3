-- purpose: units that arrive in this step enter their lots
-- reads: lot_arriving, lot_held
-- writes: lot_arrived
-- parameters: none
-- invariant: units per event = units delivered
select a.event_no, a.part_no, 0::bigint as row_no, a.group_no, a.event_id, null::varchar as taking_event_id, null::varchar as taking_kind, h.held_no,
    a.points::decimal(18, 4) as points
from lot_arriving a
join lot_held h on h.lot_id = a.lot_id and h.global_id = a.global_id

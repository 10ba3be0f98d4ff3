-- purpose: units that come in by the accruals or the positive adjustments of today
-- reads: lot_template, lot_event
-- writes: lot_accrued
-- parameters: $group_no
-- invariant: one row per event; the event opens a lot of its own
select t.*, e.group_no, e.event_id, 1::bigint as part_no
from lot_template t
join lot_event e on e.event_no = t.event_no
where e.group_no = $group_no and e.points > 0

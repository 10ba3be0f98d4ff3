-- purpose: lots that do not exist yet for their holder among the units arriving in this step; what arrives first opens one, later parts add to it
-- reads: lot_arriving, lot_held
-- writes: lot_opened
-- parameters: none
-- invariant: one row per lot and holder; nothing is in it yet
select a.* exclude (group_no, event_id, part_no)
from lot_arriving a
anti join lot_held h on h.lot_id = a.lot_id and h.global_id = a.global_id
qualify row_number() over (partition by a.lot_id, a.global_id order by a.event_no, a.part_no) = 1

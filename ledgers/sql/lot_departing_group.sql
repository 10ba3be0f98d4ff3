-- purpose: units that leave by the redemptions, negative adjustments or expiries of today
-- reads: lot_event
-- writes: lot_departing_group
-- parameters: $group_no
-- invariant: points > 0
select event_no, event_id, group_no, taking_kind, member_no, units as points
from lot_event
where group_no = $group_no and points < 0

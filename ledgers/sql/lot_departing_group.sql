-- purpose: units that leave by the redemptions, negative adjustments or expiries of today
-- reads: lot_event
-- writes: lot_departing_group
-- parameters: $group_no
-- invariant: points > 0
select event_no, event_id, group_no, member_no, -points as points,
    case group_no when 5 then 'redemption' when 8 then 'expiry' else 'adjustment' end as taking_kind
from lot_event
where group_no = $group_no and points < 0

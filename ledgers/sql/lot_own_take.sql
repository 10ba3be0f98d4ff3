-- purpose: accrual reversals take from the lot of the accrual they reverse
-- reads: lot_wave_takeback
-- writes: lot_own_take
-- parameters: none
-- invariant: never more than the lot holds
select event_no, 0::bigint as part_no, 0::bigint as row_no, group_no, event_id, event_id as taking_event_id, 'reversal' as taking_kind, held_no,
    (-own_points)::decimal(18, 4) as points
from lot_wave_takeback
where own_points > 0

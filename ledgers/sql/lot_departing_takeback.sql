-- purpose: units of accrual reversals that their own lots could not give
-- reads: lot_wave_takeback
-- writes: lot_departing_takeback
-- parameters: none
-- invariant: points > 0
select event_no, event_id, group_no, 'reversal' as taking_kind, member_no, other_points as points
from lot_wave_takeback
where other_points > 0

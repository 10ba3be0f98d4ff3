-- purpose: units that leave by the giving legs of this wave
-- reads: lot_wave_transfer
-- writes: lot_departing_transfer
-- parameters: none
-- invariant: points > 0
select event_no, event_id, group_no, 'transfer_out' as taking_kind, member_no, units as points
from lot_wave_transfer
where is_out

-- purpose: units a reversal gives beyond what its original still held: they open a service lot of the reversal's own
-- reads: lot_wave_reversal, lot_other_template
-- writes: lot_excess
-- parameters: none
-- invariant: no deferral
select t.* replace (w.excess::decimal(18, 4) as points), 1::bigint as part_no
from lot_wave_reversal w
join lot_other_template t on t.event_no = w.event_no
where w.excess > 0

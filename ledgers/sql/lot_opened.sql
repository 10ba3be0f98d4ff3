-- purpose: lots that do not exist yet for their holder among the units arriving in this step
-- reads: lot_arriving, lot_held
-- writes: lot_opened
-- parameters: none
-- invariant: one row per lot and holder
select a.lot_id, a.global_id, a.programme_id, min(a.currency) as currency, min(a.earn_class) as earn_class, min(a.funded_by) as funded_by,
    min(a.earned_on) as earned_on, min(a.earned_at) as earned_at, min(a.expires_on) as expires_on, sum(a.points)::decimal(18, 4) as points,
    sum(a.deferral)::decimal(38, 12) as deferral, min(a.cost_per_point) as cost_per_point, min(a.cohort) as cohort, false as is_arrears,
    null::varchar as taking_kind, min(a.origin) as origin
from lot_arriving a
anti join lot_held h on h.lot_id = a.lot_id and h.global_id = a.global_id
group by a.lot_id, a.global_id, a.programme_id

-- purpose: lots opened today and parts received by transfer, with everything frozen at issue
-- reads: lot_held
-- writes: lot_issue
-- parameters: none
-- invariant: one row per lot and holder over all days
select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, from_units12(deferral_units) as deferral,
    from_units4(quick_share(deferral_units, 1, 100000000)) as deferred_amount, cost_per_point, cohort, origin
from lot_held
where origin is not null

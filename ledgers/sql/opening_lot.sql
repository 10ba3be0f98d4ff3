-- purpose: lots and arrears open at the start of the day, of the members in scope
-- reads: lot_position
-- writes: opening_lot
-- parameters: none
-- invariant: remaining_points <> 0; negative only for arrears
select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, remaining_points, deferral,
    remaining_deferral, deferred_amount, cost_per_point, cohort, is_arrears
from lot_position
where remaining_points <> 0

-- purpose: all open lots and arrears at a month end, the opening of the next month's days
-- reads: lot_position
-- writes: lot_schedule
-- parameters: none
-- invariant: remaining_points <> 0; negative only for arrears
select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, remaining_points, deferral,
    remaining_deferral, deferred_amount, cost_per_point, cohort
from lot_position
where remaining_points <> 0

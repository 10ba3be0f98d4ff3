-- purpose: Open lots by cohort: how many, how many units, how much deferral is left in them.
-- reads: lot
-- writes: report_lot_cohort
-- parameters: none
-- invariant: adds up to lot.
select
    programme_id, currency, cohort, earn_class,
    count(*) as lot_count,
    count(distinct global_id) as member_count,
    sum(points)::decimal(38, 4) as issued_points,
    sum(remaining_points)::decimal(38, 4) as open_points,
    sum(deferred_amount)::decimal(38, 4) as deferred_amount,
    sum(remaining_amount)::decimal(38, 4) as remaining_amount,
    sum(remaining_cost)::decimal(38, 4) as remaining_cost,
    min(expires_on) as first_expiry
from lot
group by programme_id, currency, cohort, earn_class
order by programme_id, currency, cohort, earn_class

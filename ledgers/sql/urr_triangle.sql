-- purpose: redemptions by issue cohort and age in months: cumulative units at each month end, the triangle behind an estimate
-- reads: prior_cohort_state, cohort_state
-- writes: urr_triangle
-- parameters: $as_of_date
-- invariant: one row per cohort and month end from its issue month on; units are cumulative, net of reversals and take-outs
with
observed as (
    select programme_id, currency, earn_class, cohort, business_date as observed_on, issued_points, redeemed_points
    from prior_cohort_state where business_date = last_day(business_date) and business_date < $as_of_date and cohort <> ''
    union all
    select programme_id, currency, earn_class, cohort, $as_of_date, issued_points, redeemed_points from cohort_state where cohort <> ''
)
select programme_id, currency, earn_class, cohort, date_diff('month', (cohort || '-01')::date, observed_on) as age,
       sum(issued_points) as issued_points, sum(redeemed_points) as redeemed_points
from observed
group by all

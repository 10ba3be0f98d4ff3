-- purpose: the roll-forward of any range: it opens at the first closed day of the range, closes at the last, and adds up the movements between
-- reads: prior_roll_forward, roll_forward
-- writes: report_range_roll
-- parameters: $first, $last
-- invariant: closing = opening + movements in points and in money; what is released out of the opening is never more than the opening
with
rows_of_range as (
    select * from prior_roll_forward where business_date between $first and $last
    union all
    select * from roll_forward where business_date between $first and $last
),
ends as (
    select min(business_date) as first_day, max(business_date) as last_day from rows_of_range
),
summed as (
    select
        company_id, programme_id, currency, earn_class, cohort, measure,
        coalesce(sum(opening_points) filter (business_date = ends.first_day), 0)::decimal(38, 4) as opening_points,
        sum(accrued_points)::decimal(38, 4) as accrued_points, sum(redeemed_points)::decimal(38, 4) as redeemed_points,
        sum(expired_points)::decimal(38, 4) as expired_points, sum(reversed_points)::decimal(38, 4) as reversed_points,
        sum(adjusted_points)::decimal(38, 4) as adjusted_points, sum(transferred_points)::decimal(38, 4) as transferred_points,
        coalesce(sum(closing_points) filter (business_date = ends.last_day), 0)::decimal(38, 4) as closing_points,
        coalesce(sum(opening_amount) filter (business_date = ends.first_day), 0)::decimal(38, 4) as opening_amount,
        sum(deferred_amount)::decimal(38, 4) as deferred_amount, sum(released_amount)::decimal(38, 4) as released_amount,
        sum(expired_amount)::decimal(38, 4) as expired_amount, sum(re_estimated_amount)::decimal(38, 4) as re_estimated_amount,
        sum(reversed_amount)::decimal(38, 4) as reversed_amount, sum(adjusted_amount)::decimal(38, 4) as adjusted_amount,
        sum(transferred_amount)::decimal(38, 4) as transferred_amount, sum(translated_amount)::decimal(38, 4) as translated_amount,
        coalesce(sum(closing_amount) filter (business_date = ends.last_day), 0)::decimal(38, 4) as closing_amount
    from rows_of_range cross join ends
    group by all
)
select
    *,
    case when measure = 'deferred' then greatest(0, least(opening_amount, -(released_amount + expired_amount + re_estimated_amount))) else 0 end
        ::decimal(38, 4) as released_from_opening_amount
from summed

-- purpose: the roll-forward of any range: it opens at the first closed day of the range, closes at the last, and adds up the movements between
-- reads: prior_roll_forward, roll_forward, prior_cohort_movement, cohort_movement, programme
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
),
recognised as (
    -- the change of what was released to date: what is given back after use lowers it, what is taken out of the issue does not.
    -- breakage that is escheatable leaves the liability for another one and is no revenue
    select
        m.company_id, m.programme_id, m.currency, m.earn_class, m.cohort,
        sum(case when p.breakage = 'escheat' then m.face_released_amount else m.released_amount end) as amount
    from (
        select * from prior_cohort_movement where business_date between $first and $last
        union all
        select * from cohort_movement where business_date between $first and $last
    ) as m
    left join programme as p on p.programme_id = m.programme_id
    group by all
)
select
    s.*,
    case when s.measure = 'deferred' then greatest(0, least(s.opening_amount, coalesce(r.amount, 0))) else 0 end::decimal(38, 4) as released_from_opening_amount
from summed as s
left join recognised as r
    on r.company_id = s.company_id and r.programme_id = s.programme_id and r.currency = s.currency and r.earn_class = s.earn_class and r.cohort = s.cohort

-- purpose: opening to closing of what is owed, per cohort and measure
-- reads: prior_roll_forward, movement_value, cohort_step, face_revaluation, programme
-- writes: roll_forward
-- parameters: none
-- invariant: closing = opening + movements in units and money; opening = the last closing; a cohort with nothing at all drops out
with
opening as (
    select company_id, programme_id, currency, earn_class, cohort, measure, closing_points as points, closing_amount as amount
    from prior_roll_forward
    where business_date = (select max(business_date) from prior_roll_forward) and measure in ('face', 'deferred', 'cost')
),
moved_units as (
    select company_id, programme_id, currency, earn_class, cohort, movement_class, sum(points) as points from movement_value group by all
),
moved_money as (
    select company_id, programme_id, currency, earn_class, cohort, 'face' as measure, movement_class, face_amount as amount from movement_value
    union all
    select company_id, programme_id, currency, earn_class, cohort, 'face', 're_estimated', amount from face_revaluation
    union all
    select company_id, programme_id, currency, earn_class, cohort, 'deferred', movement_class, case part when 'issue' then amount else -amount end
    from cohort_step where part in ('issue', 'release')
    union all
    select company_id, programme_id, currency, earn_class, cohort, 'cost', movement_class, amount from cohort_step where part = 'cost'
),
cohorts as (
    select company_id, programme_id, currency, earn_class, cohort from opening where points <> 0 or amount <> 0
    union
    select company_id, programme_id, currency, earn_class, cohort from moved_units
    union
    select company_id, programme_id, currency, earn_class, cohort from moved_money where amount <> 0
),
measures as (
    select c.*, m.measure
    from cohorts c
    left join programme p on p.programme_id = c.programme_id
    cross join (values ('face'), ('deferred'), ('cost')) as m (measure)
    where m.measure <> 'cost' or p.free_points = 'accrue_cost'
       or exists (select 1 from opening o where o.measure = 'cost' and o.programme_id = c.programme_id and o.earn_class = c.earn_class and o.cohort = c.cohort)
),
units as (
    select company_id, programme_id, currency, earn_class, cohort,
           sum(points) filter (movement_class = 'accrued') as accrued, sum(points) filter (movement_class = 'redeemed') as redeemed,
           sum(points) filter (movement_class = 'expired') as expired, sum(points) filter (movement_class = 'reversed') as reversed,
           sum(points) filter (movement_class = 'adjusted') as adjusted, sum(points) filter (movement_class = 'transferred') as transferred,
           sum(points) as net
    from moved_units group by all
),
money as (
    select company_id, programme_id, currency, earn_class, cohort, measure,
           sum(amount) filter (movement_class = 'accrued') as deferred, sum(amount) filter (movement_class = 'redeemed') as released,
           sum(amount) filter (movement_class = 'expired') as expired, sum(amount) filter (movement_class = 're_estimated') as re_estimated,
           sum(amount) filter (movement_class = 'reversed') as reversed, sum(amount) filter (movement_class = 'adjusted') as adjusted,
           sum(amount) filter (movement_class = 'transferred') as transferred, sum(amount) as net
    from moved_money group by all
)
select k.company_id, k.programme_id, k.currency, k.earn_class, k.cohort, k.measure,
       coalesce(o.points, 0) as opening_points, coalesce(u.accrued, 0) as accrued_points, coalesce(u.redeemed, 0) as redeemed_points,
       coalesce(u.expired, 0) as expired_points, coalesce(u.reversed, 0) as reversed_points, coalesce(u.adjusted, 0) as adjusted_points,
       coalesce(u.transferred, 0) as transferred_points, coalesce(o.points, 0) + coalesce(u.net, 0) as closing_points,
       coalesce(o.amount, 0) as opening_amount, coalesce(y.deferred, 0) as deferred_amount, coalesce(y.released, 0) as released_amount,
       coalesce(y.expired, 0) as expired_amount, coalesce(y.re_estimated, 0) as re_estimated_amount, coalesce(y.reversed, 0) as reversed_amount,
       coalesce(y.adjusted, 0) as adjusted_amount, coalesce(y.transferred, 0) as transferred_amount, 0 as translated_amount,
       coalesce(o.amount, 0) + coalesce(y.net, 0) as closing_amount
from measures k
left join opening o on o.company_id = k.company_id and o.programme_id = k.programme_id and o.currency = k.currency
    and o.earn_class = k.earn_class and o.cohort = k.cohort and o.measure = k.measure
left join units u on u.company_id = k.company_id and u.programme_id = k.programme_id and u.currency = k.currency
    and u.earn_class = k.earn_class and u.cohort = k.cohort
left join money y on y.company_id = k.company_id and y.programme_id = k.programme_id and y.currency = k.currency
    and y.earn_class = k.earn_class and y.cohort = k.cohort and y.measure = k.measure

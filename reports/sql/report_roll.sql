-- purpose: The roll-forward by programme, currency, measure and earn class, with yesterday's closing to agree the opening to.
-- reads: roll_forward, prior_roll_forward
-- writes: report_roll
-- parameters: $as_of_date
-- invariant: opening + movements = closing in points and in money, since it does in every row.
with last_close as (
    select max(business_date) as business_date from prior_roll_forward where business_date < $as_of_date
),
before as (
    select
        earlier.company_id, earlier.programme_id, earlier.currency, earlier.measure, earlier.earn_class,
        sum(earlier.closing_points)::decimal(38, 4) as closing_points,
        sum(earlier.closing_amount)::decimal(38, 4) as closing_amount
    from prior_roll_forward as earlier
    join last_close on earlier.business_date = last_close.business_date
    group by all
),
today as (
    select
        company_id, programme_id, currency, measure, earn_class,
        sum(opening_points)::decimal(38, 4) as opening_points, sum(accrued_points)::decimal(38, 4) as accrued_points,
        sum(redeemed_points)::decimal(38, 4) as redeemed_points, sum(expired_points)::decimal(38, 4) as expired_points,
        sum(reversed_points)::decimal(38, 4) as reversed_points, sum(adjusted_points)::decimal(38, 4) as adjusted_points,
        sum(transferred_points)::decimal(38, 4) as transferred_points, sum(closing_points)::decimal(38, 4) as closing_points,
        sum(opening_amount)::decimal(38, 4) as opening_amount, sum(deferred_amount)::decimal(38, 4) as deferred_amount,
        sum(released_amount)::decimal(38, 4) as released_amount, sum(expired_amount)::decimal(38, 4) as expired_amount,
        sum(re_estimated_amount)::decimal(38, 4) as re_estimated_amount, sum(reversed_amount)::decimal(38, 4) as reversed_amount,
        sum(adjusted_amount)::decimal(38, 4) as adjusted_amount, sum(transferred_amount)::decimal(38, 4) as transferred_amount,
        sum(translated_amount)::decimal(38, 4) as translated_amount, sum(closing_amount)::decimal(38, 4) as closing_amount
    from roll_forward
    group by all
)
select
    today.*,
    before.closing_points as prior_closing_points,
    before.closing_amount as prior_closing_amount
from today
left join before
    on before.company_id is not distinct from today.company_id and before.programme_id is not distinct from today.programme_id
    and before.currency is not distinct from today.currency and before.measure = today.measure
    and before.earn_class is not distinct from today.earn_class
order by today.company_id, today.programme_id, today.currency, case today.measure when 'deferred' then 1 when 'face' then 2 else 3 end, today.earn_class

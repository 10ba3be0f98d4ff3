-- purpose: the roll-forward in other currencies: the functional one where cohorts are foreign, and its translation at closing rates on consolidation
-- reads: roll_functional, rate_today, currency_unit, programme, prior_roll_forward
-- writes: roll_translated
-- parameters: none
-- invariant: closing = opening + movements + translated; a functional row is never translated, its foreign cohorts stand at the rates of their issue
with
functional as (
    select company_id, programme_id, functional_currency, presentation_currency, earn_class, cohort,
           bool_or(currency <> functional_currency) as is_foreign, sum(opening_points) as opening_points, sum(accrued_points) as accrued_points,
           sum(redeemed_points) as redeemed_points, sum(expired_points) as expired_points, sum(reversed_points) as reversed_points,
           sum(adjusted_points) as adjusted_points, sum(transferred_points) as transferred_points, sum(closing_points) as closing_points,
           sum(opening_amount) as opening_amount, sum(deferred_amount) as deferred_amount, sum(released_amount) as released_amount,
           sum(expired_amount) as expired_amount, sum(re_estimated_amount) as re_estimated_amount, sum(reversed_amount) as reversed_amount,
           sum(adjusted_amount) as adjusted_amount, sum(transferred_amount) as transferred_amount, sum(closing_amount) as closing_amount
    from roll_functional group by all
),
at_rate as (
    -- what was open before the first rate there is comes in at that rate
    select f.*, units12(t.rate) as rate, case when p.currency = f.presentation_currency then p.minor_unit else u.minor_unit end as minor_unit,
           b.closing_amount as opening_presented
    from functional f
    join programme p on p.programme_id = f.programme_id
    join currency_unit u on u.currency = f.presentation_currency
    join rate_today t on t.from_currency = f.functional_currency and t.to_currency = f.presentation_currency
    left join prior_roll_forward b on b.business_date = (select max(business_date) from prior_roll_forward) and b.measure = 'presentation'
        and b.company_id = f.company_id and b.programme_id = f.programme_id and b.currency = f.presentation_currency and b.earn_class = f.earn_class
        and b.cohort = f.cohort
    where f.presentation_currency not in ('', f.functional_currency)
),
rounded as (
    -- one expression over a list: the planner pays for every spelling of a rounding far more than a day's cohorts cost
    select *, list_transform(
               [opening_amount, deferred_amount, released_amount, expired_amount, re_estimated_amount, reversed_amount, adjusted_amount, transferred_amount,
                closing_amount],
               lambda amount: value_rounded(units4(amount) * rate, 16, minor_unit, 'half_up')) as at_closing
    from at_rate
),
presented as (
    select * replace (
        coalesce(opening_presented, at_closing[1]) as opening_presented, at_closing[2] as deferred_amount, at_closing[3] as released_amount,
        at_closing[4] as expired_amount, at_closing[5] as re_estimated_amount, at_closing[6] as reversed_amount, at_closing[7] as adjusted_amount,
        at_closing[8] as transferred_amount, at_closing[9] as closing_amount)
    from rounded
)
select company_id, programme_id, functional_currency as currency, earn_class, cohort, 'functional' as measure, opening_points, accrued_points, redeemed_points,
       expired_points, reversed_points, adjusted_points, transferred_points, closing_points, opening_amount, deferred_amount, released_amount, expired_amount,
       re_estimated_amount, reversed_amount, adjusted_amount, transferred_amount, 0 as translated_amount, closing_amount
from functional where is_foreign
union all
select company_id, programme_id, presentation_currency, earn_class, cohort, 'presentation', opening_points, accrued_points, redeemed_points,
       expired_points, reversed_points, adjusted_points, transferred_points, closing_points, opening_presented, deferred_amount, released_amount, expired_amount,
       re_estimated_amount, reversed_amount, adjusted_amount, transferred_amount,
       closing_amount - opening_presented - deferred_amount - released_amount - expired_amount - re_estimated_amount - reversed_amount - adjusted_amount
           - transferred_amount,
       closing_amount
from presented

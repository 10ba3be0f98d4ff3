-- purpose: the deferred roll-forward of each cohort in the functional currency: issues at the rate of their day, releases at what the cohort carries
-- reads: roll_forward, programme, currency_unit, rate_today, prior_cohort_state
-- writes: roll_functional
-- parameters: none
-- invariant: closing = opening + movements; nothing is ever revalued (IAS 21.23(b), IFRIC 22), and what is released in full leaves nothing
with
carried as (
    select company_id, programme_id, currency, earn_class, cohort, functional_amount
    from prior_cohort_state where business_date = (select max(business_date) from prior_cohort_state)
),
booked_by as (
    select p.programme_id, p.functional_currency, p.presentation_currency,
           case when p.functional_currency = p.currency then p.minor_unit else u.minor_unit end as minor_unit
    from programme p join currency_unit u on u.currency = p.functional_currency
),
native as (
    -- what was open before the first rate there is comes in at that rate
    select r.* exclude (measure), p.functional_currency, p.presentation_currency, p.minor_unit,
           case when r.currency = p.functional_currency then 1000000000000::hugeint else units12(t.rate) end as rate,
           case when r.currency = p.functional_currency then r.opening_amount
               else coalesce(c.functional_amount, value_rounded(units4(r.opening_amount) * units12(t.rate), 16, p.minor_unit, 'half_up'))
           end as opening_functional
    from roll_forward r
    join booked_by p on p.programme_id = r.programme_id
    left join rate_today t on t.from_currency = r.currency and t.to_currency = p.functional_currency
    left join carried c on c.company_id = r.company_id and c.programme_id = r.programme_id and c.currency = r.currency and c.earn_class = r.earn_class
        and c.cohort = r.cohort
    where r.measure = 'deferred' and (r.currency = p.functional_currency or t.rate is not null)
),
issued as (
    select *, opening_amount + deferred_amount as before, value_rounded(units4(deferred_amount) * rate, 16, minor_unit, 'half_up') as deferred_functional from native
),
based as (
    -- where nothing was owed before (a reversal into an empty cohort), the rate of the day holds
    select *, case when before = 0 then rate else units4(opening_functional + deferred_functional) end as part,
           case when before = 0 then 1000000000000::hugeint else units4(before) end as whole
    from issued
),
shared as (
    -- one expression over a list: the planner pays for every spelling of a rounding far more than a day's cohorts cost
    select *, list_transform(
               [closing_amount, expired_amount, re_estimated_amount, reversed_amount, adjusted_amount, transferred_amount, released_amount],
               lambda amount: value_rounded(div_half_up(units4(amount) * part, whole), 4, minor_unit, 'half_up')) as functional
    from based
),
moved as (
    select *, functional[1] as closing_functional, functional[2] as expired_functional, functional[3] as re_estimated_functional,
           functional[4] as reversed_functional, functional[5] as adjusted_functional, functional[6] as transferred_functional,
           functional[7] as released_functional
    from shared
),
rest as (
    select *, closing_functional - opening_functional - deferred_functional - expired_functional - re_estimated_functional - reversed_functional
        - adjusted_functional - transferred_functional - released_functional as cents
    from moved
)
select company_id, programme_id, currency, functional_currency, presentation_currency, earn_class, cohort, minor_unit, opening_points, accrued_points,
       redeemed_points, expired_points, reversed_points, adjusted_points, transferred_points, closing_points,
       opening_functional as opening_amount, deferred_functional as deferred_amount,
       released_functional + case when released_amount <> 0 then cents else 0 end as released_amount,
       expired_functional + case when released_amount = 0 and expired_amount <> 0 then cents else 0 end as expired_amount,
       re_estimated_functional + case when released_amount = 0 and expired_amount = 0 then cents else 0 end as re_estimated_amount,
       reversed_functional as reversed_amount, adjusted_functional as adjusted_amount, transferred_functional as transferred_amount,
       closing_functional as closing_amount
from rest

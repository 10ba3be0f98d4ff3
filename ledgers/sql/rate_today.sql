-- purpose: conversion rates in force today and before today: the latest delivered in either direction, quoted that way round before the inverse of its day
-- reads: fx_rate
-- writes: rate_today
-- parameters: $as_of_date
-- invariant: one row per pair of currencies; a currency against itself is 1 and needs none; rate_before is empty on the first day of a pair
with delivered as (
    select rate_date, from_currency, to_currency, rate, 0 as is_inverse from fx_rate where rate_date <= $as_of_date and rate > 0
    union all
    select rate_date, to_currency, from_currency, from_units12(div_half_up(1000000000000000000000000::hugeint, units12(rate))), 1
    from fx_rate where rate_date <= $as_of_date and rate > 0
),
quoted as (select rate_date, from_currency, to_currency, arg_min(rate, is_inverse) as rate from delivered group by rate_date, from_currency, to_currency)
select from_currency, to_currency, arg_max(rate, rate_date) as rate, arg_max(rate, rate_date) filter (rate_date < $as_of_date) as rate_before
from quoted
group by from_currency, to_currency

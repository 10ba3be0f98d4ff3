-- purpose: conversion rates in force today and before today: the latest delivered one, else the inverse of the other direction
-- reads: fx_rate
-- writes: rate_today
-- parameters: $as_of_date
-- invariant: one row per pair of currencies; a currency against itself is 1 and needs none; rate_before is empty on the first day of a pair
with
latest as (
    select from_currency, to_currency, arg_max(rate, rate_date) as rate, arg_max(rate, rate_date) filter (rate_date < $as_of_date) as rate_before
    from fx_rate where rate_date <= $as_of_date and rate > 0 group by all
)
select from_currency, to_currency, rate, rate_before from latest
union all
select l.to_currency, l.from_currency, from_units12(div_half_up(1000000000000000000000000::hugeint, units12(l.rate))),
       from_units12(div_half_up(1000000000000000000000000::hugeint, units12(l.rate_before)))
from latest l anti join latest d on d.from_currency = l.to_currency and d.to_currency = l.from_currency

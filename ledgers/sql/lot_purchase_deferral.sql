-- purpose: deferral of purchase points: transaction_amount x points x ssp / (goods_ssp + points x ssp), exact to 12 places, half up
-- reads: lot_ssp_part
-- writes: lot_purchase_deferral
-- parameters: none
-- invariant: long division in four steps of a million: no step exceeds 2 x 10^6 x the divisor, so it never wraps; too large a value raises
with first_digits as (
    select event_no, price_units, points_ssp_units as part, whole_units as whole,
        (price_units // 1000000000000000000) * points_ssp_units as step
    from lot_ssp_part
    where whole_units > 0
),
second_digits as (
    select event_no, price_units, part, whole, step // whole as quotient,
        (step % whole) * 1000000 + (price_units // 1000000000000) % 1000000 * part as step
    from first_digits
),
third_digits as (
    select event_no, price_units, part, whole, quotient * 1000000 + step // whole as quotient,
        (step % whole) * 1000000 + (price_units // 1000000) % 1000000 * part as step
    from second_digits
),
last_digits as (
    select event_no, whole, quotient * 1000000 + step // whole as quotient,
        (step % whole) * 1000000 + price_units % 1000000 * part as step
    from third_digits
)
select event_no,
    from_units12(quotient * 1000000 + step // whole + case when 2 * (step % whole) >= whole then 1 else 0 end) as deferral
from last_digits

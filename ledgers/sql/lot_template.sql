-- purpose: the lot each incoming event of today would open, with everything that is frozen at issue
-- reads: lot_event, programme, programme_value, programme_partner
-- writes: lot_template
-- parameters: none
-- invariant: one row per event with positive units; deferral by contract section 8 (of another issuer's points too: it is released as it is issued), half up
with ssp as (
    -- as many digits as tell the value: short numbers divide fast, and `one` is 1 in them
    select programme_id, effective_from, effective_to, units12(value) as ssp_units,
        ('1' || repeat('0', least(12, length(ssp_units::varchar) - length(rtrim(ssp_units::varchar, '0')))))::hugeint as digit,
        ssp_units // digit as ssp, 1000000000000 // digit as one
    from programme_value
    where parameter = 'ssp_per_point'
),
-- as whole numbers: what was paid (12 places), and in the digits of ssp what the points are worth, and the goods and the points together
worth as (
    select e.*, p.currency, p.free_points, p.cost_per_point as programme_cost, p.expiry_kind, p.expiry_months, x.price_per_point,
        case e.group_no when 1 then coalesce(e.given_class, case when e.transaction_amount is null then 'bonus' else 'purchase' end)
            when 3 then coalesce(e.given_class, 'service') else 'service' end as earn_class,
        case e.group_no when 1 then 'accrual' when 3 then 'adjustment' when 4 then 'transfer' else 'excess_reversal' end as origin,
        s.ssp_units, quick_units4(e.points) * coalesce(s.ssp, 0) as part,
        -- a negative price gives no deferral; it is a break elsewhere, not a liability here
        case when e.transaction_amount > 0 then quick_units4(e.transaction_amount) else 0 end as amount, amount * 100000000 as price,
        case when e.goods_ssp is null then amount when e.goods_ssp > 0 then quick_units4(e.goods_ssp) else 0 end * coalesce(s.one, 1) + part as whole,
        earn_class = 'purchase' and e.group_no = 1 and e.deferred_amount is null and whole > 0 as is_shared,
        -- a price up to a million and points worth up to five thousand: their product, doubled for rounding, is no longer than the integers
        price <= 1000000000000000000 and part <= 50000000000000000000 as is_short
    from lot_event e
    left join programme p on p.programme_id = e.programme_id
    left join programme_partner x on x.programme_id = e.programme_id and x.partner_id = e.partner_id
    left join ssp s on s.programme_id = e.programme_id and e.effective_date between s.effective_from and s.effective_to
    where e.points > 0
),
-- the rest by long division in four steps of a million: no step exceeds 2 x 10^6 x the divisor, so it never wraps; too large a value raises.
-- Nulls stand for all other lots and cost nothing on the way
long as (
    select *, case when is_shared and not is_short then price end as long_price, case when is_shared and not is_short then part end as long_part from worth
),
first_digits as (
    select *, (long_price // 1000000000000000000) * long_part as step from long
),
second_digits as (
    select * replace ((step % whole) * 1000000 + (long_price // 1000000000000) % 1000000 * long_part as step), step // whole as quotient from first_digits
),
third_digits as (
    select * replace ((step % whole) * 1000000 + (long_price // 1000000) % 1000000 * long_part as step, quotient * 1000000 + step // whole as quotient)
    from second_digits
),
last_digits as (
    select * replace ((step % whole) * 1000000 + long_price % 1000000 * long_part as step, quotient * 1000000 + step // whole as quotient) from third_digits
)
select event_no, group_no, event_id, event_id as lot_id, member_no, global_id, programme_id, coalesce(given_currency, currency, '') as currency, earn_class,
    funded_by, effective_date as earned_on, occurred_at as earned_at,
    coalesce(expires_on, case when expiry_months is null or expiry_kind = 'from_last_activity' then null::date
        when expiry_kind = 'end_of_period' then last_day((effective_date + to_months(expiry_months::integer))::date)
        else (effective_date + to_months(expiry_months::integer))::date end) as expires_on,
    points,
    case when is_shared then
        case when is_short then quick_share(price, part, whole)
            else quotient * 1000000 + step // whole + case when 2 * (step % whole) >= whole then 1 else 0 end end
        when group_no in (2, 4) then 0::hugeint
        when deferred_amount is not null then quick_units4(deferred_amount) * 100000000
        when group_no = 3 or earn_class in ('purchase', 'bonus', 'service') then 0::hugeint
        when earn_class = 'migrated' then div_half_up(quick_units4(points) * coalesce(ssp_units, 0), 10000)
        else coalesce(quick_units4(transaction_amount) * 100000000, div_half_up(quick_units4(points) * units12(price_per_point), 10000), 0::hugeint)
    end as deferral_units,
    case when free_points = 'accrue_cost' and earn_class in ('bonus', 'service') then coalesce(programme_cost, 0) else 0 end::decimal(38, 12)
        as cost_per_point,
    strftime(effective_date, '%Y-%m') as cohort, origin, false as is_arrears, null::varchar as taking_kind
from last_digits

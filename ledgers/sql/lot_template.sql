-- purpose: the lot each incoming event of today would open, with everything that is frozen at issue
-- reads: lot_event, programme, programme_value, programme_partner
-- writes: lot_template
-- parameters: none
-- invariant: one row per event with positive units; deferral by contract section 8 (of another issuer's points too: it is released as it is issued), half up
with classed as (
    select e.*,
        case when e.kind = 'accrual' then coalesce(e.given_class, case when e.transaction_amount is null then 'bonus' else 'purchase' end)
            when e.kind = 'adjustment' then coalesce(e.given_class, 'service')
            else 'service' end as earn_class,
        case e.kind when 'accrual' then 'accrual' when 'adjustment' then 'adjustment' when 'transfer_in' then 'transfer'
            else 'excess_reversal' end as origin
    from lot_event e
    where e.points > 0
),
ssp as (
    select programme_id, effective_from, effective_to, units12(value) as ssp_units from programme_value where parameter = 'ssp_per_point'
),
-- as whole numbers: what was paid (12 places), what the points are worth (16), and the goods and the points together (16)
worth as (
    select c.*, quick_units4(c.units) * coalesce(s.ssp_units, 0) as part,
        -- a negative price gives no deferral; it is a break elsewhere, not a liability here
        case when c.transaction_amount > 0 then quick_units4(c.transaction_amount) * 100000000 else 0 end as price,
        case when c.goods_ssp is null then price when c.goods_ssp > 0 then quick_units4(c.goods_ssp) * 100000000 else 0 end * 10000 + part as whole,
        c.earn_class = 'purchase' and c.origin = 'accrual' and c.deferred_amount is null and whole > 0 as is_shared,
        -- a price up to a million and points worth up to five thousand: their product, doubled for rounding, is no longer than the integers
        price <= 1000000000000000000 and part <= 50000000000000000000 as is_short
    from classed c
    left join ssp s on s.programme_id = c.programme_id and c.effective_date between s.effective_from and s.effective_to
),
-- the rest by long division in four steps of a million: no step exceeds 2 x 10^6 x the divisor, so it never wraps; too large a value raises
first_digits as (
    select event_no, price, part, whole, (price // 1000000000000000000) * part as step from worth where is_shared and not is_short
),
second_digits as (
    select event_no, price, part, whole, step // whole as quotient, (step % whole) * 1000000 + (price // 1000000000000) % 1000000 * part as step
    from first_digits
),
third_digits as (
    select event_no, price, part, whole, quotient * 1000000 + step // whole as quotient,
        (step % whole) * 1000000 + (price // 1000000) % 1000000 * part as step
    from second_digits
),
last_digits as (
    select event_no, whole, quotient * 1000000 + step // whole as quotient, (step % whole) * 1000000 + price % 1000000 * part as step from third_digits
),
long_division as (
    select event_no, quotient * 1000000 + step // whole + case when 2 * (step % whole) >= whole then 1 else 0 end as quotient from last_digits
),
deferred as (
    select w.*, p.free_points, p.cost_per_point as programme_cost,
        case when w.is_shared then case when w.is_short then div_half_up(w.price * w.part, w.whole) else l.quotient end
            when w.origin in ('transfer', 'excess_reversal') then 0::hugeint
            when w.deferred_amount is not null then quick_units4(w.deferred_amount) * 100000000
            when w.origin = 'adjustment' or w.earn_class in ('purchase', 'bonus', 'service') then 0::hugeint
            when w.earn_class = 'migrated' then div_half_up(w.part, 10000)
            else coalesce(quick_units4(w.transaction_amount) * 100000000, div_half_up(quick_units4(w.units) * units12(x.price_per_point), 10000), 0::hugeint)
        end as deferral_units,
        case when p.expiry_months is null or p.expiry_kind = 'from_last_activity' then null::date
            when p.expiry_kind = 'end_of_period' then last_day((w.effective_date + to_months(p.expiry_months::integer))::date)
            else (w.effective_date + to_months(p.expiry_months::integer))::date end as default_expiry
    from worth w
    left join long_division l on l.event_no = w.event_no
    left join programme p on p.programme_id = w.programme_id
    left join programme_partner x on x.programme_id = w.programme_id and x.partner_id = w.partner_id
)
select event_no, group_no, event_id, event_id as lot_id, member_no, global_id, programme_id, currency, earn_class, funded_by, effective_date as earned_on,
    occurred_at as earned_at, coalesce(expires_on, default_expiry) as expires_on, units as points, deferral_units,
    case when free_points = 'accrue_cost' and earn_class in ('bonus', 'service') then coalesce(programme_cost, 0) else 0 end::decimal(38, 12)
        as cost_per_point,
    strftime(effective_date, '%Y-%m') as cohort, origin, false as is_arrears, null::varchar as taking_kind
from deferred

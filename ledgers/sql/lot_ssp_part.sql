-- purpose: relative stand-alone selling prices of purchase accruals, as integers, for the exact division that follows
-- reads: lot_event, programme_value
-- writes: lot_ssp_part
-- parameters: none
-- invariant: points_ssp_units (16 places) = points x ssp_per_point on the event's own business date; whole_units = that plus the goods' price
with priced as (
    select e.event_no, e.transaction_amount, coalesce(e.goods_ssp, e.transaction_amount) as goods_ssp,
        units4(e.units) * units12(coalesce(v.value, 0)) as points_ssp_units
    from lot_event e
    left join programme_value v
        on v.programme_id = e.programme_id and v.parameter = 'ssp_per_point' and e.effective_date between v.effective_from and v.effective_to
    where e.points > 0
)
select event_no, points_ssp_units,
    -- a negative price gives no deferral; it is a break elsewhere, not a liability here
    units4(greatest(coalesce(transaction_amount, 0), 0)) * 100000000 as price_units,
    units4(greatest(coalesce(goods_ssp, 0), 0)) * 1000000000000 + points_ssp_units as whole_units
from priced

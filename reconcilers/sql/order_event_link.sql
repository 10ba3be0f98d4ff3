-- purpose: what each reversal finally takes back: the original event, seen through a reversal of a reversal, and the order of that original
-- reads: loyalty_event
-- writes: order_event_link
-- parameters: none
-- invariant: one row per reversal event; order_key is the order, else the reversed event_id
with reversal as (select event_id, reverses_event_id, order_id, programme_id, points, business_date from loyalty_event where kind = 'reversal'),
original as (
    select event_id, kind, order_id, reverses_event_id from loyalty_event where event_id in (select reverses_event_id from reversal)
),
rooted as (
    select
        r.event_id, r.programme_id, r.points, r.business_date, r.order_id as own_order_id, o.order_id as original_order_id,
        case when o.kind = 'reversal' then coalesce(o.reverses_event_id, o.event_id) else r.reverses_event_id end as root_id
    from reversal as r
    left join original as o on o.event_id = r.reverses_event_id
),
placed as (
    select r.*, o.kind as root_kind, coalesce(o.order_id, r.original_order_id, r.own_order_id) as order_id
    from rooted as r
    left join loyalty_event as o on o.event_id = r.root_id
)
select
    event_id, programme_id, points, business_date, root_id, root_kind is not null as root_known,
    -- an original we do not know: points taken back are of an accrual, points given back of a redemption
    coalesce(root_kind, case when points < 0 then 'accrual' else 'redemption' end) as root_kind,
    order_id is not null as has_order, coalesce(order_id, root_id, event_id) as order_key
from placed

-- purpose: units to take back for the refunded share of an order that has refunds, at 4 places: least for what is due, most for all that was refunded
-- reads: order_event_event, order_event_twin, order_event_paid, order_event_payment, programme
-- writes: order_event_pro_rata
-- parameters: $as_of_date
-- invariant: 0 <= least_points <= most_points; rounding once, by refund or by accrual are all accepted (they differ in the fourth place)
with kept as (
    select e.order_key, e.programme_id, e.event_id, e.points
    from order_event_event as e
    where e.has_order and e.kind = 'accrual' and e.event_id not in (select event_id from order_event_twin where is_corrected)
),
earned as (select order_key, programme_id, sum(points) as points from kept group by order_key, programme_id),
base as (
    select
        e.order_key, e.programme_id, e.points, p.currency, p.sale_amount, least(p.due_amount, p.sale_amount) as due_amount, least(p.refund_amount, p.sale_amount) as all_amount
    from earned as e
    join order_event_paid as p on p.order_key = e.order_key and p.programme_id = e.programme_id
    -- where nothing was refunded there is nothing to take back, and nobody asks
    where p.sale_amount > 0 and (p.refund_amount <> 0 or p.due_amount <> 0)
),
once as (
    select
        *, share_of(points, units4(due_amount), units4(sale_amount)) as due_points, share_of(points, units4(all_amount), units4(sale_amount)) as all_points
    from base
),
by_accrual as (
    select
        b.order_key, b.programme_id, sum(share_of(k.points, units4(b.due_amount), units4(b.sale_amount))) as due_points,
        sum(share_of(k.points, units4(b.all_amount), units4(b.sale_amount))) as all_points
    from base as b
    join kept as k on k.order_key = b.order_key and k.programme_id = b.programme_id
    group by b.order_key, b.programme_id
),
by_refund as (
    select
        b.order_key, b.programme_id, sum(share_of(b.points, units4(m.refund_amount), units4(b.sale_amount))) as all_points,
        sum(
            case
                when due_on(m.effective_date, coalesce(g.posting_days, 0)) <= $as_of_date then share_of(b.points, units4(m.refund_amount), units4(b.sale_amount))
                else 0
            end
        ) as due_points
    from base as b
    join order_event_payment as m on m.order_key = b.order_key and m.currency = b.currency
    left join programme as g on g.programme_id = b.programme_id
    group by b.order_key, b.programme_id
)
select
    o.order_key, o.programme_id, o.points, o.due_points as asked_points, o.all_points as allowed_points,
    least(o.due_points, a.due_points, r.due_points) as least_points,
    greatest(o.all_points, a.all_points, least(r.all_points, o.points)) as most_points
from once as o
join by_accrual as a on a.order_key = o.order_key and a.programme_id = o.programme_id
join by_refund as r on r.order_key = o.order_key and r.programme_id = o.programme_id

-- purpose: every loyalty event of the orders judged today, with what has been taken back of it
-- reads: loyalty_event, order_event_link, order_event_key, programme
-- writes: order_event_event
-- parameters: none
-- invariant: one row per event; undone_points has the sign of points when the event was taken back
with undone as (
    select root_id, -sum(points) as undone_points from order_event_link where root_id is not null group by root_id
),
of_order as (
    select e.event_id, e.order_id as order_key, true as has_order
    from loyalty_event as e
    where e.kind <> 'reversal' and e.order_id in (select order_key from order_event_key where has_order)
    union all
    select e.event_id, e.event_id as order_key, false as has_order
    from loyalty_event as e
    where e.kind <> 'reversal' and e.order_id is null and e.event_id in (select order_key from order_event_key where not has_order)
    union all
    select l.event_id, l.order_key, l.has_order
    from order_event_link as l
    join order_event_key as k on k.order_key = l.order_key and k.has_order = l.has_order
)
select
    o.order_key, o.has_order, e.event_id, e.programme_id, e.member_id, e.global_id, e.kind, e.points, e.occurred_at, e.effective_date, e.business_date,
    coalesce(e.order_line_id, '') as order_line_id, coalesce(e.partner_id, '') as partner_id, coalesce(e.funded_by, 'seller') as funded_by,
    case
        when e.kind <> 'accrual' then ''
        else coalesce(e.earn_class, case when e.transaction_amount is not null then 'purchase' else 'bonus' end)
    end as earn_class,
    e.transaction_amount, coalesce(e.currency, p.currency) as currency, l.root_id, coalesce(l.root_kind, e.kind) as root_kind, coalesce(l.root_known, true) as root_known,
    coalesce(u.undone_points, 0)::decimal(38, 4) as undone_points
from of_order as o
join loyalty_event as e on e.event_id = o.event_id
left join programme as p on p.programme_id = e.programme_id
left join order_event_link as l on l.event_id = e.event_id
left join undone as u on u.root_id = e.event_id and e.kind <> 'reversal'

-- purpose: how each judged order stands, over all its programmes: its break if any, what is still in transit, what it lacks
-- reads: order_event_key, order_event_order, order_event_difference, order_event_payment
-- writes: order_event_standing
-- parameters: none
-- invariant: one row per judged order
with events as (
    select
        order_key, has_order, sum(accrual_count) as accrual_count, sum(redemption_count) as redemption_count, sum(reversal_count) as reversal_count,
        bool_or(refund_amount > due_amount and reversed_points < coalesce(allowed_points, 0)) as is_in_transit
    from order_event_order
    group by order_key, has_order
),
payments as (
    select order_key, count(*) filter (where is_sale) as sale_count, count(*) filter (where not is_sale) as refund_count from order_event_payment group by order_key
),
break_code as (select business_key, min(code) as code from order_event_difference group by business_key)
select
    k.order_key, k.has_order, coalesce(e.accrual_count, 0) as accrual_count, coalesce(e.redemption_count, 0) as redemption_count,
    coalesce(e.reversal_count, 0) as reversal_count, coalesce(e.is_in_transit, false) as is_in_transit, coalesce(p.sale_count, 0) as sale_count,
    coalesce(p.refund_count, 0) as refund_count, b.code
from order_event_key as k
left join events as e on e.order_key = k.order_key and e.has_order = k.has_order
left join payments as p on k.has_order and p.order_key = k.order_key
left join break_code as b on b.business_key = k.order_key

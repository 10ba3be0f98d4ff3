-- purpose: every payment of the orders judged today, refunds marked
-- reads: payment, order_event_key
-- writes: order_event_payment
-- parameters: none
-- invariant: one row per payment; sale and refund money are never negative for positive amounts
select
    p.order_id as order_key, p.payment_id, p.currency, p.effective_date, p.business_date, p.kind = 'sale' as is_sale, p.amount,
    case when p.kind = 'sale' then p.amount - coalesce(p.tax_amount, 0) else 0 end as sale_net,
    case when p.kind = 'sale' then p.amount else 0 end as sale_amount, case when p.kind = 'sale' then 0 else p.amount end as refund_amount
from payment as p
where p.order_id in (select order_key from order_event_key where has_order)

-- purpose: the money of each order as each programme of its events sees it: sales, refunds, and refunds old enough to have been answered
-- reads: order_event_payment, order_event_event, programme
-- writes: order_event_paid
-- parameters: $as_of_date
-- invariant: one row per order and programme that has payments; one currency, the programme's where the order was paid in it
with seen_by as (select distinct order_key, programme_id from order_event_event where has_order),
by_currency as (
    select
        s.order_key, s.programme_id, m.currency, count(*) filter (where m.is_sale) as sale_count, sum(m.sale_amount) as sale_amount, sum(m.sale_net) as sale_net,
        sum(m.refund_amount) as refund_amount,
        sum(case when due_on(m.effective_date, coalesce(p.posting_days, 0)) <= $as_of_date then m.refund_amount else 0 end) as due_amount,
        refs_text(m.payment_id) as payment_refs,
        row_number() over (partition by s.order_key, s.programme_id order by coalesce(m.currency = p.currency, false) desc, m.currency) as choice
    from seen_by as s
    join order_event_payment as m on m.order_key = s.order_key
    left join programme as p on p.programme_id = s.programme_id
    group by s.order_key, s.programme_id, m.currency, p.currency
)
select order_key, programme_id, currency, sale_count, sale_amount, sale_net, refund_amount, due_amount, payment_refs from by_currency where choice = 1

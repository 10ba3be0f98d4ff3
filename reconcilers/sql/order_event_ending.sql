-- purpose: where every payment and loyalty event of today ended in the pair order_event
-- reads: payment, loyalty_event, order_event_standing, order_event_event, input_total
-- writes: order_event_ending
-- parameters: $as_of_date, $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with paid as (
    select
        'left' as side, 'payment' as "table", p.currency, cast(null as decimal(18, 4)) as points, p.amount,
        case
            when not $judged then 'excluded feed_missing'
            when s.code is not null then 'break ' || s.code
            when s.accrual_count + s.redemption_count + s.reversal_count = 0 then 'excluded no_loyalty_event'
            when s.accrual_count = 0 and s.redemption_count = 0 then 'excluded no_accrual'
            when p.kind <> 'sale' and s.is_in_transit then 'expected in_transit'
            else 'matched exact_id'
        end as ending
    from payment as p
    left join order_event_standing as s on s.has_order and s.order_key = p.order_id
    where p.business_date = $as_of_date
),
moved as (
    select
        'right' as side, 'loyalty_event' as "table", e.currency, e.points, cast(null as decimal(18, 4)) as amount,
        case
            when not $judged then 'excluded feed_missing'
            when s.code is not null then 'break ' || s.code
            when o.event_id is null or not o.has_order then 'excluded no_order'
            when e.kind = 'reversal' and s.refund_count = 0 then 'excluded no_refund'
            when s.sale_count + s.refund_count = 0 then 'excluded no_payment'
            else 'matched exact_id'
        end as ending
    from loyalty_event as e
    left join order_event_event as o on o.event_id = e.event_id
    left join order_event_standing as s on s.order_key = o.order_key and s.has_order = o.has_order
    where e.business_date = $as_of_date
),
aside as (
    select
        case "table" when 'payment' then 'left' else 'right' end as side, "table", currency, disposition || ' ' || reason as ending, row_count, points, amount
    from input_total
    where "table" in ('payment', 'loyalty_event')
),
counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount
    from (select * from paid union all select * from moved)
    group by side, "table", currency, ending
    union all
    select * from aside
)
select
    'order_event' as pair, side, "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency, sum(row_count) as row_count,
    coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", ending, currency

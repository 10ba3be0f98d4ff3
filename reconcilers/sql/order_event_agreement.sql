-- purpose: payments and loyalty events of orders that agree today: sales with what they earned and used, refunds with what they took back
-- reads: order_event_standing, order_event_payment, order_event_event, prior_match, match_rule
-- writes: order_event_agreement
-- parameters: $as_of_date
-- invariant: no row of either side is in two matches, of today or of earlier days
with sound as (
    -- one-sided orders and orders in difference are not matched; a refund still in transit waits
    select order_key, is_in_transit from order_event_standing where has_order and code is null
),
left_row as (
    select p.order_key, p.is_sale, p.payment_id as ref, p.business_date, p.currency, case when p.is_sale then p.sale_net else -p.refund_amount end as amount
    from order_event_payment as p
    join sound as s on s.order_key = p.order_key
    where p.is_sale or not s.is_in_transit
),
right_row as (
    select e.order_key, e.kind <> 'reversal' as is_sale, e.event_id as ref, e.business_date, e.points
    from order_event_event as e
    join sound as s on s.order_key = e.order_key
    where e.has_order and e.kind in ('accrual', 'redemption', 'reversal') and (e.kind <> 'reversal' or not s.is_in_transit)
),
oldest as (select min(business_date) as on_day from (select business_date from left_row union all select business_date from right_row)),
earlier as (
    -- a row cannot have been matched before it entered the books
    select left_refs, right_refs from prior_match where pair = 'order_event' and business_date >= (select on_day from oldest)
),
used_left as (select distinct unnest(string_split(left_refs, ';')) as ref from earlier),
used_right as (select distinct unnest(string_split(right_refs, ';')) as ref from earlier),
left_group as (
    select
        order_key, is_sale, count(*) as row_count, refs_text(ref) as refs, sum(amount) as amount, bool_or(business_date = $as_of_date) as is_new
    from left_row
    where ref not in (select ref from used_left)
    group by order_key, is_sale
),
right_group as (
    select
        order_key, is_sale, count(*) as row_count, refs_text(ref) as refs, sum(points) as points, bool_or(business_date = $as_of_date) as is_new
    from right_row
    where ref not in (select ref from used_right)
    group by order_key, is_sale
)
select
    sha('order_event|' || l.refs || '|' || r.refs) as match_id, 'order_event' as pair, case when l.is_sale then 'order_sale' else 'order_refund' end as rule_id,
    (select rule_version from match_rule where pair = 'order_event') as rule_version, 'exact_id' as rung,
    case when l.row_count = 1 then '1:' else 'N:' end || case when r.row_count = 1 then '1' when l.row_count = 1 then 'N' else 'M' end as cardinality,
    l.refs as left_refs, r.refs as right_refs, r.points,
    -- the money of a match is what the payments say: loyalty's own figure was compared above and agrees, or was not given
    l.amount as left_amount, l.amount as right_amount, 0 as difference_amount
from left_group as l
join right_group as r on r.order_key = l.order_key and r.is_sale = l.is_sale

-- purpose: where every row delivered for today ended at the door: in the books, or set aside with its reason
-- reads: delivery_arrived, input_total
-- writes: delivery_ending
-- parameters: none
-- invariant: adds back to the rows that entered today and those of input_total
with ended as (
    select "table", 'matched' as disposition, 'entered' as reason, currency, row_count, points, amount from delivery_arrived
    union all
    select "table", disposition, reason, currency, row_count, points, amount from input_total
)
select
    'delivery' as pair, 'right' as side, "table", disposition, reason, currency, sum(row_count) as row_count, coalesce(sum(points), 0) as points,
    coalesce(sum(amount), 0) as amount
from ended
group by "table", disposition, reason, currency

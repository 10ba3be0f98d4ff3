-- purpose: rows, sums, and differences net and gross of each class and measure
-- reads: compare_key, compare_cell
-- writes: compare_total
-- parameters: none
-- invariant: rows of the classes add back to the rows that were read exactly
select
    k.status, c.measure, count(*) as key_count, sum(c.left_count) as left_rows, sum(c.right_count) as right_rows, coalesce(sum(c.left_value), 0) as left_value,
    coalesce(sum(c.right_value), 0) as right_value, coalesce(sum(coalesce(c.left_value, 0) - coalesce(c.right_value, 0)), 0) as net_difference,
    coalesce(sum(c.gap), 0) as gross_difference
from compare_key as k
join compare_cell as c on c.key = k.key
group by k.status, c.measure

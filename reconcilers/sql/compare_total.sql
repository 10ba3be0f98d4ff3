-- purpose: rows, sums, and differences net and gross of each class
-- reads: compare_key
-- writes: compare_total
-- parameters: none
-- invariant: rows of the classes add back to the rows of both files
select
    status, count(*) as key_count, sum(left_count) as left_rows, sum(right_count) as right_rows, coalesce(sum(left_amount), 0) as left_amount,
    coalesce(sum(right_amount), 0) as right_amount, coalesce(sum(coalesce(left_amount, 0) - coalesce(right_amount, 0)), 0) as net_difference,
    coalesce(sum(abs(coalesce(left_amount, 0) - coalesce(right_amount, 0))), 0) as gross_difference
from compare_key
group by status

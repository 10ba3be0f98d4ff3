-- purpose: the class of every key: what its measures say together
-- reads: compare_cell
-- writes: compare_key
-- parameters: none
-- invariant: one row per key; status is never null; a key that is twice on a side is its own class
with together as (
    select
        key, any_value(left_count) as left_count, any_value(right_count) as right_count, any_value(left_line) as left_line, any_value(right_line) as right_line,
        bool_and(is_readable) as is_readable, bool_or(gap <> 0) as is_apart, bool_or(is_points and is_beyond) as is_points_apart, bool_or(is_beyond) as is_beyond,
        bool_and(coalesce(left_value, 0) = 0 and coalesce(right_value, 0) = 0) as is_zero
    from compare_cell
    group by key
)
select
    key, left_count, right_count, left_line, right_line,
    case
        when not is_readable then 'unreadable'
        when left_count > 1 and right_count > 1 then 'duplicate_both'
        when left_count > 1 then 'duplicate_left'
        when right_count > 1 then 'duplicate_right'
        when right_count = 0 and is_zero then 'zero_left'
        when left_count = 0 and is_zero then 'zero_right'
        when right_count = 0 then 'only_left'
        when left_count = 0 then 'only_right'
        when is_points_apart then 'points_differ'
        when is_beyond then 'amount_differs'
        when is_apart then 'within_tolerance'
        else 'equal'
    end as status
from together

-- purpose: both sides of every key in one line, and its class
-- reads: compare_row
-- writes: compare_key
-- parameters: $tolerance_numerator, $tolerance_denominator
-- invariant: one row per key; status is never null; a key that is twice on a side is its own class and is not multiplied
with sides as (
    select
        key, count(*) filter (where side = 'left') as left_count, count(*) filter (where side = 'right') as right_count,
        coalesce(bool_and(is_readable), true) as is_readable,
        sum(amount) filter (where side = 'left') as left_amount, sum(amount) filter (where side = 'right') as right_amount,
        sum(points) filter (where side = 'left') as left_points, sum(points) filter (where side = 'right') as right_points,
        min(line) filter (where side = 'left') as left_line, min(line) filter (where side = 'right') as right_line
    from compare_row
    group by key
),
compared as (
    select
        *, abs(coalesce(left_amount, 0) - coalesce(right_amount, 0)) as gap, greatest(abs(coalesce(left_amount, 0)), abs(coalesce(right_amount, 0))) as larger
    from sides
),
limited as (
    select
        *,
        case
            when gap = 0 then false
            -- decimals are exact and fast, and cannot overflow below 13 digits before the point
            when larger < 10000000000000
                then gap * $tolerance_denominator::decimal(13, 0) > larger * $tolerance_numerator::decimal(13, 0)
            -- integers of 12 places: gap > n/d x larger exactly when gap > floor(n x larger / d), taken apart so that nothing overflows
            else units12(gap) > $tolerance_numerator::hugeint * (units12(larger) // $tolerance_denominator::hugeint)
                + ($tolerance_numerator::hugeint * (units12(larger) % $tolerance_denominator::hugeint)) // $tolerance_denominator::hugeint
        end as is_beyond
    from compared
)
select
    key, left_count, right_count, left_line, right_line, left_amount, right_amount, left_points, right_points,
    case
        when not is_readable then 'unreadable'
        when left_count > 1 and right_count > 1 then 'duplicate_both'
        when left_count > 1 then 'duplicate_left'
        when right_count > 1 then 'duplicate_right'
        when right_count = 0 and left_amount = 0 and left_points = 0 then 'zero_left'
        when left_count = 0 and right_amount = 0 and right_points = 0 then 'zero_right'
        when right_count = 0 then 'only_left'
        when left_count = 0 then 'only_right'
        when left_points <> right_points then 'points_differ'
        when is_beyond then 'amount_differs'
        when gap <> 0 then 'within_tolerance'
        else 'equal'
    end as status
from limited

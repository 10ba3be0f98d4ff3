-- purpose: both sides of every key and measure in one line, and whether they differ beyond what is tolerated
-- reads: compare_row, compare_measure
-- writes: compare_cell
-- parameters: none
-- invariant: one row per key and measure; rows of a key that is twice on a side are summed, not multiplied
with sides as (
    select
        key, measure, count(*) filter (where side = 'left') as left_count, count(*) filter (where side = 'right') as right_count,
        bool_and(is_readable) as is_readable,
        sum(value) filter (where side = 'left') as left_value, sum(value) filter (where side = 'right') as right_value,
        min(line) filter (where side = 'left') as left_line, min(line) filter (where side = 'right') as right_line
    from compare_row
    group by key, measure
),
compared as (
    select
        *, abs(coalesce(left_value, 0) - coalesce(right_value, 0)) as gap, greatest(abs(coalesce(left_value, 0)), abs(coalesce(right_value, 0))) as larger
    from sides
)
select
    c.*, m.is_points,
    case
        when c.gap = 0 then false
        when m.is_points then true
        -- decimals are exact and fast, and cannot overflow below 13 digits before the point
        when c.larger < 10000000000000
            then c.gap * m.tolerance_denominator::decimal(13, 0) > c.larger * m.tolerance_numerator::decimal(13, 0)
        -- integers of 12 places: gap > n/d x larger exactly when gap > floor(n x larger / d), taken apart so that nothing overflows
        else units12(c.gap) > m.tolerance_numerator::hugeint * (units12(c.larger) // m.tolerance_denominator::hugeint)
            + (m.tolerance_numerator::hugeint * (units12(c.larger) % m.tolerance_denominator::hugeint)) // m.tolerance_denominator::hugeint
    end as is_beyond
from compared as c
join compare_measure as m on m.measure = c.measure

-- purpose: the measured cells of both files with their numbers read strictly: plain decimals of at most 12 places and 22 digits before the point, nothing guessed
-- reads: compare_suspect, compare_measure
-- writes: compare_row
-- parameters: none
-- invariant: one row per input row and measure; value is null exactly where is_readable is false
with cell as (
    select side, line, key, unnest(cells) as text, unnest(range(len(cells))) as measure from compare_suspect
),
shaped as (
    -- no points are zero points, no money is no number
    select c.side, c.line, c.key, c.measure, c.text, m.is_points, case when m.is_points then coalesce(nullif(c.text, ''), '0') else coalesce(c.text, '') end as stated
    from cell as c
    join compare_measure as m on m.measure = c.measure
),
judged as (select *, regexp_full_match(stated, '[+-]?0*([0-9]{1,22}([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)') as is_readable from shaped)
select side, line, key, measure, text, is_readable, case when is_readable then stated::decimal(38, 12) end as value
from judged

-- purpose: rows of both files with their numbers read strictly: plain decimals of at most 12 places and 22 digits before the point, nothing guessed
-- reads: compare_source
-- writes: compare_row
-- parameters: none
-- invariant: one row per input row; amount is null exactly where is_readable is false
with shaped as (
    select
        side, line, key, amount_text, points_text,
        regexp_full_match(coalesce(amount_text, ''), '[+-]?0*([0-9]{1,22}([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)') as amount_fits,
        points_text is null or points_text = '' or regexp_full_match(points_text, '[+-]?0*([0-9]{1,22}([.][0-9]{0,12}0*)?|[.][0-9]{1,12}0*)') as points_fit
    from compare_source
)
select
    side, line, key, amount_text, points_text, amount_fits and points_fit as is_readable,
    case when amount_fits and points_fit then amount_text::decimal(38, 12) end as amount,
    case when amount_fits and points_fit then coalesce(nullif(points_text, ''), '0')::decimal(38, 12) end as points
from shaped

-- purpose: both sides of every member's balance beside each other, with the verdict of BL-01 and of BL-02
-- reads: balance_events_stated, balance_events_derived, programme
-- writes: balance_events_row
-- parameters: none
-- invariant: one row per programme and member of either side; absent is not zero, yet absent against zero agrees
with both_sides as (
    select
        coalesce(s.programme_id, d.programme_id) as programme_id, coalesce(s.global_id, d.global_id) as global_id, s.points as left_points,
        d.points as right_points
    from balance_events_stated as s
    full join balance_events_derived as d on d.programme_id = s.programme_id and d.global_id = s.global_id
)
select
    b.programme_id, b.global_id, p.currency, b.left_points, b.right_points, coalesce(b.left_points, 0) <> coalesce(b.right_points, 0) as is_different,
    least(coalesce(b.left_points, b.right_points), coalesce(b.right_points, b.left_points)) < 0 as is_negative,
    coalesce(greatest(coalesce(b.left_points, b.right_points), coalesce(b.right_points, b.left_points)) > p.max_balance, false) as is_above_cap, p.max_balance,
    cast(null as varchar) as identity_code
from both_sides as b
left join programme as p on p.programme_id = b.programme_id

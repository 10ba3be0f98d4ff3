-- purpose: the register: every difference open today, and those that closed today because their cause went away
-- reads: break_current, break_first_seen, break_prior
-- writes: break
-- parameters: $as_of_date
-- invariant: one row per break_id; difference = left - right; a change of code closes one id and opens another
with standing as (
    select
        c.break_id, c.code, c.pair, c.programme_id, c.global_id, c.business_key, c.left_ref, c.right_ref,
        c.left_points, c.right_points, c.left_points_0 - c.right_points_0 as difference_points,
        c.left_amount, c.right_amount, c.left_amount_0 - c.right_amount_0 as difference_amount, c.currency,
        greatest(abs(c.left_amount_0), abs(c.right_amount_0)) as larger,
        c.queue, c.status, f.first_seen, $as_of_date - f.first_seen as age_days, c.blocks_signoff, c.explanation
    from break_current as c
    join break_first_seen as f on f.break_id = c.break_id
),
closing as (
    select
        p.break_id, p.code, p.pair, p.programme_id, p.global_id, p.business_key, p.left_ref, p.right_ref,
        p.left_points, p.right_points, p.difference_points, p.left_amount, p.right_amount, p.difference_amount, p.currency, p.relative_difference,
        p.queue, 'closed' as status, p.first_seen, $as_of_date - p.first_seen as age_days, false as blocks_signoff, p.explanation
    from break_prior as p
    anti join break_current as c on c.break_id = p.break_id
)
select
    break_id, code, pair, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, difference_points,
    left_amount, right_amount, difference_amount, currency,
    case when larger = 0 then null else from_units12(div_half_up(units4(abs(difference_amount)) * 1000000000000::hugeint, units4(larger))) end as relative_difference,
    queue, status, first_seen, age_days, blocks_signoff, explanation
from standing
union all by name
select * from closing

-- purpose: the verdict on every member's balance, and whether the posting lag explains it
-- reads: member_balance_side, event_ledger_finding
-- writes: member_balance_row
-- parameters: none
-- invariant: status is never null: agrees, or one code
with in_transit as (
    select
        programme_id, global_id, currency, sum(coalesce(left_amount, 0) - coalesce(right_amount, 0)) as amount,
        sum(coalesce(left_points, 0) - coalesce(right_points, 0)) as points
    from event_ledger_finding
    where code = 'TM-01'
    group by programme_id, global_id, currency
),
judged as (
    select
        s.*,
        case
            when not s.has_right and (s.left_amount <> 0 or s.left_points <> 0) then 'MS-06'
            when not s.has_left and (s.right_amount <> 0 or coalesce(s.right_points, 0) <> 0) then 'MS-07'
            when not s.has_left or not s.has_right then 'agrees'
            when s.right_points is not null and s.left_points <> s.right_points then 'AM-01'
            when beyond_limit(s.left_amount, s.right_amount, s.tolerance, s.currency) then 'AM-02'
            when s.left_amount <> s.right_amount then 'AM-03'
            else 'agrees'
        end as code
    from member_balance_side as s
)
select
    j.* exclude (code),
    case
        when j.code <> 'agrees' and t.global_id is not null and j.left_amount - j.right_amount = t.amount
            and (j.right_points is null or coalesce(j.left_points, 0) - j.right_points = t.points) then 'TM-01'
        else j.code
    end as status
from judged as j
left join in_transit as t on t.programme_id = j.programme_id and t.global_id = j.global_id and t.currency = j.currency

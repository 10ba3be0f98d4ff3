-- purpose: the members whose two sides differ, rows of loyalty joined with rows of the one ledger that carries members
-- reads: member_balance_arrived, member_balance_scope, member_balance_deferral
-- writes: member_balance_joined
-- parameters: none
-- invariant: a row per member that differs, one without a member for all that agree; left_rows, right_rows count them in the join
with loyalty as (
    select
        a.is_left, a.programme_id, s.ledger_id, a.global_id, a.compared_currency as currency, a.points, a.currency as stated_currency,
        a.amount as stated_amount,
        case when s.measure = 'deferred' then coalesce(l.amount, 0) else coalesce(a.amount, a.face_amount) end as amount
    from member_balance_arrived as a
    join member_balance_scope as s on s.programme_id = a.programme_id
    left join member_balance_deferral as l on l.programme_id = a.programme_id and l.global_id = a.global_id and l.currency = a.compared_currency
    where a.is_left and a.reason is null
),
ledger as (
    select is_left, programme_id, ledger_id, global_id, compared_currency as currency, -points as points, -amount as amount
    from member_balance_arrived
    where not is_left and reason is null
),
joined as (
    select
        l.amount is distinct from r.amount or l.points <> r.points as differs, case when differs then coalesce(l.programme_id, r.programme_id) end as programme_id,
        case when differs then coalesce(l.ledger_id, r.ledger_id) end as ledger_id, case when differs then coalesce(l.global_id, r.global_id) end as global_id,
        case when differs then coalesce(l.currency, r.currency) end as currency, l.is_left is not null as is_loyalty, r.is_left is not null as is_ledger,
        l.stated_currency, l.stated_amount, l.points as left_points, l.amount as left_amount, r.points as right_points, r.amount as right_amount
    from loyalty as l
    full join ledger as r
        on r.programme_id = l.programme_id and r.ledger_id = l.ledger_id and r.global_id = l.global_id and r.currency = l.currency
)
select
    programme_id, ledger_id, global_id, currency, count(*) filter (is_loyalty) as left_rows, count(*) filter (is_ledger) as right_rows, count(left_amount) > 0 as has_left,
    count(right_amount) > 0 as has_right, sum(left_points) as left_points, sum(right_points) as right_points, coalesce(sum(left_amount), 0) as left_amount,
    coalesce(sum(right_amount), 0) as right_amount, any_value(stated_currency) as stated_currency, sum(stated_amount) as stated_amount
from joined
group by programme_id, ledger_id, global_id, currency

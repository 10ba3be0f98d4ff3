-- purpose: every member whose balance differs between loyalty and a ledger that carries members, and whether the posting lag explains it
-- reads: member_balance_read, member_balance_joined, member_balance_scope, member_balance_deferral, event_ledger_in_transit
-- writes: member_balance_row
-- parameters: none
-- invariant: one row per programme, ledger, member and currency that does not agree; status is its code; is_joined is one row of loyalty, of the ledger, or both
with loyalty as (
    select a.programme_id, s.ledger_id, a.global_id, a.compared_currency as currency, a.points as left_points, coalesce(a.amount, a.face_amount) as left_amount
    from member_balance_read as a
    join member_balance_scope as s on s.programme_id = a.programme_id and s.measure <> 'deferred'
    where a.is_left and a.reason is null
    union all
    -- lots are a person's: whoever has several member ids has their money once
    select a.programme_id, s.ledger_id, a.global_id, a.compared_currency, sum(a.points), coalesce(any_value(l.amount), 0)
    from member_balance_read as a
    join member_balance_scope as s on s.programme_id = a.programme_id and s.measure = 'deferred'
    left join member_balance_deferral as l on l.programme_id = a.programme_id and l.global_id = a.global_id and l.currency = a.compared_currency
    where a.is_left and a.reason is null
    group by a.programme_id, s.ledger_id, a.global_id, a.compared_currency
),
ledger as (
    select programme_id, ledger_id, global_id, compared_currency as currency, -points as right_points, -amount as right_amount
    from member_balance_read
    where not is_left and reason is null
),
paired as (
    select
        programme_id, ledger_id, global_id, currency, count(left_amount) > 0 as has_left, count(right_amount) > 0 as has_right, sum(left_points) as left_points,
        sum(right_points) as right_points, coalesce(sum(left_amount), 0) as left_amount, coalesce(sum(right_amount), 0) as right_amount, false as is_joined,
        null as stated_currency, null as stated_amount
    from (select * from loyalty union all by name select * from ledger) as sides
    group by programme_id, ledger_id, global_id, currency
    having sum(sides.left_amount) is distinct from sum(sides.right_amount) or sum(sides.left_points) <> sum(sides.right_points)
    union all by name
    select * exclude (left_rows, right_rows), true as is_joined from member_balance_joined where global_id is not null
),
judged as (
    select
        p.*, s.company_id, s.account, s.measure, s.tolerance,
        case
            when not p.has_right and (p.left_amount <> 0 or p.left_points <> 0) then 'MS-06'
            when not p.has_left and (p.right_amount <> 0 or coalesce(p.right_points, 0) <> 0) then 'MS-07'
            when not p.has_left or not p.has_right then 'agrees'
            when p.right_points is not null and p.left_points <> p.right_points then 'AM-01'
            when beyond_limit(p.left_amount, p.right_amount, s.tolerance, p.currency) then 'AM-02'
            else 'AM-03'
        end as code
    from paired as p
    join member_balance_scope as s on s.programme_id = p.programme_id and s.ledger_id = p.ledger_id
)
select
    j.* exclude (code),
    case
        when t.global_id is null then j.code
        when j.left_amount - j.right_amount = t.amount
            and (j.right_points is null or coalesce(j.left_points, 0) - j.right_points = t.points) then 'TM-01'
        -- the legs of a transfer may be booked with the lag of the rest, or may never have to be
        when j.left_amount - j.right_amount = t.amount + t.transfer_amount
            and (j.right_points is null or coalesce(j.left_points, 0) - j.right_points = t.points + t.transfer_points) then 'TM-01'
        else j.code
    end as status
from judged as j
left join event_ledger_in_transit as t
    on t.programme_id = j.programme_id and t.global_id = j.global_id and t.currency = j.currency and coalesce(t.ledger_id, j.ledger_id) = j.ledger_id
where j.code <> 'agrees'

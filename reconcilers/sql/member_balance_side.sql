-- purpose: both sides of every member's money: loyalty in the ledger's measure, and each ledger that carries members
-- reads: balance_events_stated, control_account_delivered, control_account_scope, lot
-- writes: member_balance_side
-- parameters: none
-- invariant: one row per programme, ledger, member and currency of either side
with carrying as (
    -- a ledger that carries members today is asked for every programme it should carry
    select s.* from control_account_scope as s where s.ledger_id in (select ledger_id from control_account_delivered where global_id is not null)
),
of_lots as (select programme_id, global_id, currency, sum(remaining_amount) as amount from lot group by programme_id, global_id, currency),
loyalty as (
    select
        c.programme_id, c.ledger_id, b.global_id, b.currency, b.points, case when c.measure = 'deferred' then coalesce(l.amount, 0) else b.amount end as amount
    from carrying as c
    join balance_events_stated as b on b.programme_id = c.programme_id
    left join of_lots as l on l.programme_id = b.programme_id and l.global_id = b.global_id and l.currency = b.currency
),
ledger as (
    select c.programme_id, c.ledger_id, d.global_id, d.currency, sum(d.points) as points, sum(d.amount) as amount
    from carrying as c
    join control_account_delivered as d
        on d.programme_id = c.programme_id and d.ledger_id = c.ledger_id and d.company_id = c.company_id and d.account = c.account
    where d.global_id is not null
    group by c.programme_id, c.ledger_id, d.global_id, d.currency
),
paired as (
    select
        coalesce(l.programme_id, g.programme_id) as programme_id, coalesce(l.ledger_id, g.ledger_id) as ledger_id, coalesce(l.global_id, g.global_id) as global_id,
        coalesce(l.currency, g.currency) as currency, l.global_id is not null as has_left, g.global_id is not null as has_right, l.points as left_points,
        g.points as right_points, coalesce(l.amount, 0) as left_amount, coalesce(g.amount, 0) as right_amount
    from loyalty as l
    full join ledger as g
        on g.programme_id = l.programme_id and g.ledger_id = l.ledger_id and g.global_id = l.global_id and g.currency = l.currency
)
select p.*, c.company_id, c.account, c.measure, c.tolerance
from paired as p
join carrying as c on c.programme_id = p.programme_id and c.ledger_id = p.ledger_id

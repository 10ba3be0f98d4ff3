-- purpose: every control account beside our roll-forward in that ledger's measure and beside the sum of its members
-- reads: control_account_delivered, control_account_scope, roll_forward
-- writes: control_account_row
-- parameters: none
-- invariant: one row per ledger, company, account, stated programme and currency; an account stated without programme covers every programme not stated apart, and what is stated for no programme of ours is owed by nobody: our side is 0
with stated as (
    select
        ledger_id, company_id, account, currency, stated_programme_id, sum(amount) as amount, sum(points) as points
    from control_account_delivered
    where global_id is null
    group by ledger_id, company_id, account, currency, stated_programme_id
),
members as (
    select ledger_id, company_id, account, currency, coalesce(programme_id, '') as programme_id, sum(amount) as amount
    from control_account_delivered
    where global_id is not null
    group by ledger_id, company_id, account, currency, coalesce(programme_id, '')
),
owed as (
    select company_id, programme_id, currency, measure, sum(closing_amount) as amount, sum(closing_points) as points
    from roll_forward
    group by company_id, programme_id, currency, measure
),
expected as (
    -- our side: what each ledger should carry, in the currencies we owe; and every currency the ledger states
    select s.programme_id, s.company_id, s.account, s.ledger_id, s.measure, s.tolerance, s.tolerance_cap, o.currency, o.amount, o.points
    from control_account_scope as s
    join owed as o on o.company_id = s.company_id and o.programme_id = s.programme_id and o.measure = s.measure
    union all
    select s.programme_id, s.company_id, s.account, s.ledger_id, s.measure, s.tolerance, s.tolerance_cap, t.currency, 0, 0
    from control_account_scope as s
    join stated as t
        on t.ledger_id = s.ledger_id and t.company_id = s.company_id and t.account = s.account and t.stated_programme_id in ('', s.programme_id)
    where not exists (
        select 1 from owed as o
        where o.company_id = s.company_id and o.programme_id = s.programme_id and o.measure = s.measure and o.currency = t.currency
    )
),
placed as (
    select
        e.*, own.ledger_id is null and shared.ledger_id is not null as is_shared, own.ledger_id is not null or shared.ledger_id is not null as has_right
    from expected as e
    left join stated as own
        on own.ledger_id = e.ledger_id and own.company_id = e.company_id and own.account = e.account and own.currency = e.currency
            and own.stated_programme_id = e.programme_id
    left join stated as shared
        on shared.ledger_id = e.ledger_id and shared.company_id = e.company_id and shared.account = e.account and shared.currency = e.currency
            and shared.stated_programme_id = ''
),
ours as (
    select
        ledger_id, company_id, account, currency, case when is_shared then '' else programme_id end as stated_programme_id, bool_or(has_right) as has_right,
        string_agg(programme_id, ';' order by programme_id) as covers, count(*) as cover_count, min(measure) as measure, min(tolerance) as tolerance,
        min(tolerance_cap) as tolerance_cap, sum(amount) as amount, sum(points) as points
    from placed
    group by ledger_id, company_id, account, currency, case when is_shared then '' else programme_id end
),
ownerless as (
    -- money on our account under no programme, where all of them are stated apart, or under one that does not post to it
    select
        t.ledger_id, t.company_id, t.account, t.currency, t.stated_programme_id, true as has_right, '' as covers, 0 as cover_count, min(s.measure) as measure,
        min(s.tolerance) as tolerance, min(s.tolerance_cap) as tolerance_cap, 0 as amount, 0 as points
    from stated as t
    join control_account_scope as s on s.ledger_id = t.ledger_id and s.company_id = t.company_id and s.account = t.account
    where t.amount <> 0 and not exists (
        select 1 from ours as o
        where o.ledger_id = t.ledger_id and o.company_id = t.company_id and o.account = t.account and o.currency = t.currency
            and o.stated_programme_id = t.stated_programme_id
    )
    group by t.ledger_id, t.company_id, t.account, t.currency, t.stated_programme_id
),
compared as (select * from ours union all by name select * from ownerless),
of_members as (
    select o.ledger_id, o.company_id, o.account, o.currency, o.stated_programme_id, sum(m.amount) as amount
    from compared as o
    join members as m on m.ledger_id = o.ledger_id and m.company_id = o.company_id and m.account = o.account and m.currency = o.currency
        and (m.programme_id = o.stated_programme_id or (o.covers <> '' and list_contains(string_split(o.covers, ';'), m.programme_id)))
    group by o.ledger_id, o.company_id, o.account, o.currency, o.stated_programme_id
)
select
    o.ledger_id, o.company_id, o.account, o.currency, o.stated_programme_id, o.covers, case when o.cover_count = 1 then o.covers end as programme_id,
    o.ledger_id || '/' || o.company_id || '/' || o.account || '/' || case o.cover_count when 0 then o.stated_programme_id when 1 then o.covers else '' end as business_key, o.measure, o.tolerance,
    o.tolerance_cap, o.has_right, o.amount as left_amount, coalesce(t.amount, 0) as right_amount, o.points as left_points, t.points as right_points,
    m.amount as member_amount
from compared as o
left join stated as t on t.ledger_id = o.ledger_id and t.company_id = o.company_id and t.account = o.account and t.currency = o.currency
    and t.stated_programme_id = o.stated_programme_id
left join of_members as m on m.ledger_id = o.ledger_id and m.company_id = o.company_id and m.account = o.account and m.currency = o.currency
    and m.stated_programme_id = o.stated_programme_id
-- a ledger that carries the members and states no control account has nothing to compare here
where o.has_right or (m.amount is null and o.amount <> 0)

-- purpose: each account's balance of the day before plus the lines since, beside its balance of today
-- reads: ledger_balance, ledger_line, ledger_roll_previous, programme, programme_account
-- writes: ledger_roll_row
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account and currency that programmes name and that is stated; the first stated day is the opening
with named as (
    select distinct p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id
),
control as (
    select *
    from ledger_balance
    where coalesce(member_id, '') = '' and (as_of_date = $as_of_date or as_of_date in (select on_day from ledger_roll_previous))
),
closing as (
    select
        ledger_id, company_id, account, currency, sum(amount) as amount,
        case when count(distinct coalesce(programme_id, '')) = 1 then min(coalesce(programme_id, '')) else '' end as programme_id
    from control where as_of_date = $as_of_date
    group by ledger_id, company_id, account, currency
),
opening as (
    select
        l.ledger_id, l.company_id, l.account, l.currency, p.on_day, sum(l.amount) as amount,
        case when count(distinct coalesce(l.programme_id, '')) = 1 then min(coalesce(l.programme_id, '')) else '' end as programme_id
    from control as l
    join ledger_roll_previous as p
        on p.ledger_id = l.ledger_id and p.company_id = l.company_id and p.account = l.account and p.currency = l.currency and p.on_day = l.as_of_date
    group by l.ledger_id, l.company_id, l.account, l.currency, p.on_day
),
delivering as (select distinct ledger_id, company_id from ledger_balance where as_of_date = $as_of_date),
accounts as (
    select
        coalesce(c.ledger_id, o.ledger_id) as ledger_id, coalesce(c.company_id, o.company_id) as company_id, coalesce(c.account, o.account) as account,
        coalesce(c.currency, o.currency) as currency, coalesce(c.programme_id, o.programme_id) as programme_id, o.on_day, o.amount as opening_amount,
        c.amount as closing_amount
    from closing as c
    full join opening as o on o.ledger_id = c.ledger_id and o.company_id = c.company_id and o.account = c.account and o.currency = c.currency
),
judged as (
    select a.*
    from accounts as a
    join named as n on n.company_id = a.company_id and n.account = a.account
    join delivering as d on d.ledger_id = a.ledger_id and d.company_id = a.company_id
),
since as (
    -- lines that entered since; of those, the ones posted since: a line posted earlier may already be in the balance of the day before
    select
        j.ledger_id, j.company_id, j.account, j.currency, sum(l.amount) as entered_amount,
        sum(case when l.effective_date > j.on_day then l.amount else 0 end) as posted_amount, count(*) as line_count
    from judged as j
    join ledger_line as l on l.ledger_id = j.ledger_id and l.company_id = j.company_id and l.account = j.account and l.currency = j.currency
    where l.business_date > j.on_day and l.business_date <= $as_of_date
    group by j.ledger_id, j.company_id, j.account, j.currency
)
select
    j.*, j.ledger_id || '/' || j.company_id || '/' || j.account || '/' || j.programme_id as business_key, j.on_day is null as is_opening,
    coalesce(s.entered_amount, 0) as entered_amount, coalesce(s.posted_amount, 0) as posted_amount, coalesce(s.line_count, 0) as line_count
from judged as j
left join since as s on s.ledger_id = j.ledger_id and s.company_id = j.company_id and s.account = j.account and s.currency = j.currency

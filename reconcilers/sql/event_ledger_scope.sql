-- purpose: which ledgers must carry which programme, on which account, in which measure, and since when
-- reads: programme, programme_account, programme_ledger, ledger_line, ledger_balance
-- writes: event_ledger_scope
-- parameters: none
-- invariant: one row per programme and ledger; every programme with a liability account has at least one row; account_no numbers the accounts of ledgers
with programme_side as (
    select p.programme_id, p.company_id, a.account, p.currency, p.tolerance, p.posting_days, p.value_places, p.value_mode, p.go_live, p.timezone, p.ledger_measure
    from programme as p
    join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
),
seen as (
    select company_id, account, ledger_id, min(business_date) as first_day from ledger_line where not coalesce(is_tax_line, false) group by all
    union all
    select company_id, account, ledger_id, min(business_date) as first_day from ledger_balance group by all
),
on_account as (
    select s.programme_id, l.ledger_id, min(l.first_day) as first_day
    from programme_side as s
    join seen as l on l.company_id = s.company_id and l.account = s.account
    group by all
),
of_company as (
    -- nothing has ever reached the liability account: any ledger of the company is where it should have been
    select s.programme_id, l.ledger_id, min(l.first_day) as first_day
    from programme_side as s
    join seen as l on l.company_id = s.company_id
    where s.programme_id not in (select programme_id from on_account)
    group by all
),
found as (
    select programme_id, ledger_id, first_day from on_account
    union all
    select programme_id, ledger_id, first_day from of_company
),
carried as (
    select s.programme_id, d.ledger_id, d.measure, cast(null as date) as first_day
    from programme_side as s
    join programme_ledger as d on d.programme_id = s.programme_id
    union all
    select s.programme_id, coalesce(f.ledger_id, '') as ledger_id, s.ledger_measure as measure, f.first_day
    from programme_side as s
    left join found as f on f.programme_id = s.programme_id
    where s.programme_id not in (select programme_id from programme_ledger)
)
select
    s.programme_id, c.ledger_id, s.company_id, s.account, c.measure, s.currency, s.tolerance, s.posting_days, s.value_places, s.value_mode, s.go_live, s.timezone,
    -- a parallel ledger that begins later owes nothing for events before it began
    case when c.first_day > min(c.first_day) over (partition by s.programme_id) then c.first_day end as begins_on,
    dense_rank() over (order by c.ledger_id, s.company_id, s.account)::integer as account_no,
    count(*) over (partition by s.programme_id) = 1 as is_only_ledger, row_number() over (partition by s.programme_id order by c.ledger_id) = 1 as is_first_ledger
from programme_side as s
join carried as c on c.programme_id = s.programme_id
order by s.programme_id, c.ledger_id

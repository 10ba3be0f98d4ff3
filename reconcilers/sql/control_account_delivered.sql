-- purpose: the ledger's closing balances of the day on the liability accounts, owed +, under the programme they belong to
-- reads: ledger_balance, programme, programme_account
-- writes: control_account_delivered
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account, currency, programme and member as stated
with liability as (
    select
        p.company_id, a.account, string_agg(p.programme_id, ';' order by p.programme_id) as programmes, count(*) as programme_count
    from programme as p
    join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
    group by p.company_id, a.account
)
select
    l.ledger_id, l.company_id, l.account, l.currency, coalesce(l.programme_id, '') as stated_programme_id,
    -- an account that serves one programme says which it is
    coalesce(l.programme_id, case when v.programme_count = 1 then v.programmes end) as programme_id,
    case when coalesce(l.member_id, '') <> '' then l.global_id end as global_id, -l.amount as amount, -l.points as points
from ledger_balance as l
join liability as v on v.company_id = l.company_id and v.account = l.account
where l.as_of_date = $as_of_date

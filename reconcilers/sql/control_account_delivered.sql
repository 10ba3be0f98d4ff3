-- purpose: the ledger's closing balances of the day on the liability accounts, owed +, under the programme they belong to
-- reads: ledger_balance, programme, programme_account
-- writes: control_account_delivered
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account, currency, programme and member as stated; of a row delivered again the latest stands
with delivered as (
    select *, hash(ledger_id, company_id, account, currency, coalesce(programme_id, ''), coalesce(member_id, '')) as key_hash
    from ledger_balance
    where as_of_date = $as_of_date
),
again as (select key_hash from delivered group by key_hash having count(*) > 1),
latest as (
    -- only what may have been delivered again need be put in order
    select * from delivered where key_hash not in (select key_hash from again)
    union all
    select * from delivered where key_hash in (select key_hash from again)
    qualify row_number() over (
        partition by ledger_id, company_id, account, currency, coalesce(programme_id, ''), coalesce(member_id, '') order by business_date desc, amount, points
    ) = 1
),
liability as (
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
from latest as l
join liability as v on v.company_id = l.company_id and v.account = l.account

-- purpose: control balances of earlier days that were delivered again today with another amount: the opening is no longer the closing as delivered (BL-03)
-- reads: ledger_balance
-- writes: control_account_restated
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account, programme and currency: the latest restated day
with restated as (
    select *
    from ledger_balance
    where business_date = $as_of_date and as_of_date < $as_of_date and coalesce(member_id, '') = ''
),
before as (
    select b.*
    from ledger_balance as b
    where b.business_date < $as_of_date and coalesce(b.member_id, '') = '' and b.as_of_date in (select as_of_date from restated)
    qualify row_number() over (
        partition by b.as_of_date, b.ledger_id, b.company_id, b.account, b.currency, coalesce(b.programme_id, '') order by b.business_date desc, b.amount
    ) = 1
)
select
    r.ledger_id, r.company_id, r.account, r.currency, coalesce(r.programme_id, '') as stated_programme_id, r.as_of_date as restated_day,
    -b.amount as before_amount, -r.amount as now_amount
from restated as r
join before as b on b.as_of_date = r.as_of_date and b.ledger_id = r.ledger_id and b.company_id = r.company_id and b.account = r.account
    and b.currency = r.currency and coalesce(b.programme_id, '') = coalesce(r.programme_id, '')
where r.amount <> b.amount
qualify row_number() over (
    partition by r.ledger_id, r.company_id, r.account, r.currency, coalesce(r.programme_id, '') order by r.as_of_date desc, r.amount
) = 1

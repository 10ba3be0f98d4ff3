-- purpose: control balances of earlier days that were delivered again today with another amount: the opening is no longer the closing as delivered (BL-03)
-- reads: ledger_balance, delivery_finding
-- writes: control_account_restated
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account, programme and currency: the latest restated day; now_amount is empty where the first delivered stands (DQ-06)
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
),
delivered_again as (
    -- the same balance again with another amount: the first stands, and the opening is in doubt until the delivery is corrected
    select string_split(business_key, '/') as part from delivery_finding where code = 'DQ-06' and starts_with(explanation, 'ledger_balance ')
),
doubted as (
    select b.*
    from delivered_again as c
    join ledger_balance as b
        on b.as_of_date = try_cast(c.part[1] as date) and b.ledger_id = c.part[2] and b.company_id = c.part[3] and b.account = c.part[4] and b.currency = c.part[5]
        and coalesce(b.programme_id, '') = c.part[6]
    where len(c.part) = 7 and c.part[7] = '' and coalesce(b.member_id, '') = '' and b.as_of_date < $as_of_date
),
told as (
    select
        r.ledger_id, r.company_id, r.account, r.currency, coalesce(r.programme_id, '') as stated_programme_id, r.as_of_date as restated_day,
        -b.amount as before_amount, -r.amount as now_amount
    from restated as r
    join before as b on b.as_of_date = r.as_of_date and b.ledger_id = r.ledger_id and b.company_id = r.company_id and b.account = r.account
        and b.currency = r.currency and coalesce(b.programme_id, '') = coalesce(r.programme_id, '')
    where r.amount <> b.amount
    union all
    select ledger_id, company_id, account, currency, coalesce(programme_id, ''), as_of_date, -amount, null from doubted
)
select *
from told
qualify row_number() over (
    partition by ledger_id, company_id, account, currency, stated_programme_id order by restated_day desc, now_amount nulls last, before_amount
) = 1

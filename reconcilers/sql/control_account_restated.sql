-- purpose: control balances of earlier days that were delivered again with another amount: the opening is in doubt (BL-03)
-- reads: ledger_balance, delivery_finding
-- writes: control_account_restated
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account, programme and currency: the latest such day, and the amount that stands, which is the first delivered (DQ-06)
with delivered_again as (
    select string_split(business_key, '/') as part from delivery_finding where code = 'DQ-06' and starts_with(explanation, 'ledger_balance ')
)
select
    b.ledger_id, b.company_id, b.account, b.currency, coalesce(b.programme_id, '') as stated_programme_id, b.as_of_date as restated_day,
    -b.amount as before_amount
from delivered_again as c
join ledger_balance as b
    on b.as_of_date = try_cast(c.part[1] as date) and b.ledger_id = c.part[2] and b.company_id = c.part[3] and b.account = c.part[4] and b.currency = c.part[5]
    and coalesce(b.programme_id, '') = c.part[6]
where len(c.part) = 7 and c.part[7] = '' and coalesce(b.member_id, '') = '' and b.as_of_date < $as_of_date
qualify row_number() over (
    partition by b.ledger_id, b.company_id, b.account, b.currency, coalesce(b.programme_id, '') order by b.as_of_date desc
) = 1

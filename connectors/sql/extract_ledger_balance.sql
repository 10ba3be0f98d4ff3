-- purpose: A system's account balances as ledger balances; numbers as text so that intake judges their places.
-- reads: balance
-- writes: extract_ledger_balance
-- parameters: none
-- invariant: one row per balance; nothing is rounded.
select as_of_date, ledger_id, company_id, account, rtrim(rtrim(amount::varchar, '0'), '.') as amount, currency, programme_id, member_id,
    rtrim(rtrim(points::varchar, '0'), '.') as points
from balance

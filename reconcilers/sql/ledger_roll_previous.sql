-- purpose: the latest day before today for which each ledger stated each account
-- reads: ledger_balance
-- writes: ledger_roll_previous
-- parameters: $as_of_date
-- invariant: one row per ledger, company, account and currency stated before
select ledger_id, company_id, account, currency, max(as_of_date) as on_day
from ledger_balance
where as_of_date < $as_of_date and coalesce(member_id, '') = ''
group by ledger_id, company_id, account, currency

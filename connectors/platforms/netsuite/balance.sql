-- purpose: Posted balances per account, subsidiary and book as the system adds them up itself.
-- reads: balance_record, setting
-- writes: balance
-- parameters: none
-- invariant: one row per record; debit +.
select s_as_of as as_of_date, coalesce(bookname, s_ledger_id) as ledger_id, subsidiary as company_id, account, currency, exact(debit) - exact(credit) as amount
from balance_record, setting

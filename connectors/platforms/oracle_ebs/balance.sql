-- purpose: Balances per ledger and account at the end of the day: GL_BALANCES' opening of the period and what was posted in it up to the day.
-- reads: balance_record, setting
-- writes: balance
-- parameters: none
-- invariant: one row per ledger, company and account; debit +; every record says how many there are.
with counted as (
    select *, count(*) over () as record_count from balance_record
)
select s_as_of as as_of_date, case s_ledger_key when 'name' then ledger_name else ledger_id end as ledger_id,
    case s_company_key when 'segment' then company else ledger_id end as company_id, account, currency,
    sum(case when exact(row_count) = record_count then exact(amount) else error('the balances are not all there: each says how many there are') end) as amount
from counted, setting
group by all

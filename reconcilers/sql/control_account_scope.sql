-- purpose: which ledgers should carry which programme on which account, in which measure, among those that deliver balances today
-- reads: programme, programme_account, programme_ledger, ledger_balance
-- writes: control_account_scope
-- parameters: $as_of_date
-- invariant: one row per programme and ledger
with delivering as (select distinct ledger_id, company_id from ledger_balance where as_of_date = $as_of_date)
select
    p.programme_id, p.company_id, a.account, d.ledger_id, coalesce(l.measure, p.ledger_measure) as measure, p.currency, p.tolerance, p.tolerance_cap
from programme as p
join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
join delivering as d on d.company_id = p.company_id
left join programme_ledger as l on l.programme_id = p.programme_id and l.ledger_id = d.ledger_id
where l.ledger_id is not null or p.programme_id not in (select programme_id from programme_ledger)

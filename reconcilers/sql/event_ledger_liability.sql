-- purpose: the liability accounts of all ledgers, and the programmes that post to each
-- reads: event_ledger_scope
-- writes: event_ledger_liability
-- parameters: none
-- invariant: one row per ledger, company and account; programme_id is the first of programmes, whose an entry is that names none of them
select ledger_id, company_id, account, account_no, min(programme_id) as programme_id, list(programme_id order by programme_id) as programmes
from event_ledger_scope
group by ledger_id, company_id, account, account_no

-- purpose: ledger lines that name an event judged today, on whatever account they stand
-- reads: ledger_line, event_ledger_left, event_ledger_netted
-- writes: event_ledger_entry
-- parameters: none
-- invariant: one row per line; owed is +; no tax line, no cancelled document
with judged as (select distinct event_id from event_ledger_left)
select
    line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id) as ref, l.ledger_id, l.company_id, l.account, l.document_id, l.event_id,
    l.posting_date, l.fiscal_year, l.fiscal_period, -l.points as points, -l.amount as amount, l.currency
from ledger_line as l
semi join judged as j on j.event_id = l.event_id
anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
where not coalesce(l.is_tax_line, false)

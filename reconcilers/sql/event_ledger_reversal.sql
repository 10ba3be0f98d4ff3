-- purpose: which documents say that they reverse which others
-- reads: ledger_line
-- writes: event_ledger_reversal
-- parameters: none
-- invariant: one row per pair of documents; last_day is when the last line of the reversal entered
select ledger_id, company_id, document_id as reversal_id, reverses_document_id as original_id, max(business_date) as last_day
from ledger_line
where nullif(reverses_document_id, '') is not null
group by ledger_id, company_id, document_id, reverses_document_id

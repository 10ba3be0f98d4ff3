-- purpose: ledger lines that may change a verdict today: new ones, documents newly reversed, lines with an open break
-- reads: ledger_line, event_ledger_window, event_ledger_open_key
-- writes: event_ledger_touched
-- parameters: none
-- invariant: no tax line
with new_line as (
    select l.* from ledger_line as l cross join event_ledger_window as w where l.business_date >= w.first_day
),
reversed_document as (
    select distinct ledger_id, company_id, reverses_document_id as document_id from new_line where nullif(reverses_document_id, '') is not null
    union
    -- the reversal of a reversal brings the first document back
    select distinct l.ledger_id, l.company_id, l.reverses_document_id as document_id
    from ledger_line as l
    join new_line as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.reverses_document_id = l.document_id
    where nullif(l.reverses_document_id, '') is not null
    union
    -- a document that arrives after its reversal
    select distinct l.ledger_id, l.company_id, l.document_id
    from ledger_line as l
    join new_line as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.reverses_document_id
),
open_ref as (select business_key from event_ledger_open_key where contains(business_key, '/')),
chosen as (
    select * from new_line
    union
    select l.* from ledger_line as l semi join reversed_document as d on d.ledger_id = l.ledger_id and d.company_id = l.company_id and d.document_id = l.document_id
    union
    select l.* from ledger_line as l semi join open_ref as o on o.business_key = line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id)
)
select
    line_ref(ledger_id, company_id, document_id, line_id) as ref, ledger_id, company_id, account,
    nullif(event_id, '') as event_id, nullif(batch_id, '') as batch_id, nullif(global_id, '') as global_id
from chosen
where not coalesce(is_tax_line, false)

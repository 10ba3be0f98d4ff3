-- purpose: events and orders whose tax lines may change a verdict today: new lines, and lines of documents newly reversed
-- reads: ledger_line, redemption_tax_window
-- writes: redemption_tax_touched
-- parameters: none
-- invariant: tax lines only
with new_line as (
    select l.* from ledger_line as l cross join redemption_tax_window as w where l.business_date >= w.first_day
),
related_document as (
    select distinct ledger_id, company_id, reverses_document_id as document_id from new_line where nullif(reverses_document_id, '') is not null
    union
    select distinct l.ledger_id, l.company_id, l.reverses_document_id as document_id
    from ledger_line as l
    join new_line as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.reverses_document_id = l.document_id
    where nullif(l.reverses_document_id, '') is not null
),
chosen as (
    select event_id, order_id, is_tax_line from new_line
    union all
    select l.event_id, l.order_id, l.is_tax_line
    from ledger_line as l
    semi join related_document as d on d.ledger_id = l.ledger_id and d.company_id = l.company_id and d.document_id = l.document_id
)
select distinct nullif(event_id, '') as event_id, nullif(order_id, '') as order_id
from chosen
where coalesce(is_tax_line, false)

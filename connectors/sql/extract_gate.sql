-- purpose: What must hold of a system's lines before they are delivered; a violation means that the reading is not complete or not understood.
-- reads: line
-- writes: extract_gate
-- parameters: $whole_documents, $basis
-- invariant: one row per gate; violations = 0 in every row, or nothing is delivered; `first` is the first line or document that violates it.
with named as (
    select *, concat_ws('/', ledger_id, company_id, document_id) as document, concat_ws('/', ledger_id, company_id, document_id, line_id) as name from line
), keyed as (
    select name from named group by ledger_id, company_id, document_id, line_id, name having count(*) > 1
), whole as ( -- what is not posted, as noted items are, may stand alone
    select * from named where $whole_documents and coalesce(status, 'posted') = 'posted'
), unbalanced as (
    select document, currency_local as currency from whole where amount_local is not null
    group by ledger_id, company_id, document_id, document, currency_local having sum(amount_local) <> 0
    union all
    select document, currency_document from whole where amount_document is not null
    group by ledger_id, company_id, document_id, document, currency_document having sum(amount_document) <> 0
)
select 'no key without value' as gate, count(*) as violations, 'a line lacks ledger, company, document, line, account or posting date' as meaning, min(name) as first
from named
where ledger_id is null or company_id is null or document_id is null or line_id is null or account is null or posting_date is null
union all
select 'no amount without value', count(*), 'a line has no amount of the kind that is delivered, or an amount without currency', min(name)
from named
where coalesce(amount_local, amount_document, amount_group) is null or (amount_local is not null and currency_local is null)
    or (amount_document is not null and currency_document is null)
    or (coalesce(status, 'posted') = 'posted' and case $basis when 'document' then amount_document when 'group' then amount_group else amount_local end is null)
union all
select 'sign agrees with side', count(*), 'a line is a debit by its side and a credit by its sign, and no storno', min(name)
from named
where side is not null and not coalesce(is_storno, false)
    and ((side = 'D' and coalesce(amount_local, amount_document) < 0) or (side = 'C' and coalesce(amount_local, amount_document) > 0))
union all
select 'amounts agree in sign', count(*), 'the amounts of one line in two currencies have opposite signs', min(name)
from named
where sign(amount_local) * sign(amount_document) < 0 or sign(amount_local) * sign(amount_group) < 0
union all
select 'no key twice', count(*), 'one line came twice', min(name)
from keyed
union all
select 'documents balance', count(*), 'debits and credits of a document differ: lines are missing', min(document || ' in ' || currency)
from unbalanced

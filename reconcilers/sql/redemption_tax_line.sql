-- purpose: tax lines that name a redemption judged today, or only its order
-- reads: ledger_line, redemption_tax_owed, event_ledger_netted
-- writes: redemption_tax_line
-- parameters: none
-- invariant: one row per line; owed is +; no cancelled document; a line that names an event is never looked up by its order
with tax_line as (
    select
        l.*, line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id) as ref
    from ledger_line as l
    anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    where coalesce(l.is_tax_line, false)
),
bundle_of_order as (select distinct order_id, is_reversal, bundle, company_id from redemption_tax_owed where order_id is not null),
found as (
    select l.ref, l.ledger_id, o.event_id, o.bundle, -l.amount as tax, l.tax_base, o.is_reversal, nullif(l.tax_jurisdiction, '') as jurisdiction, l.currency
    from tax_line as l
    join redemption_tax_owed as o on o.event_id = l.event_id and o.company_id = l.company_id
    union all
    select l.ref, l.ledger_id, null as event_id, b.bundle, -l.amount as tax, l.tax_base, b.is_reversal, nullif(l.tax_jurisdiction, '') as jurisdiction, l.currency
    from tax_line as l
    join bundle_of_order as b
        on b.order_id = l.order_id and b.company_id = l.company_id
        and b.is_reversal = (l.amount > 0 or (l.amount = 0 and coalesce(l.is_reversal, false)))
    where nullif(l.event_id, '') is null
)
select
    ref, ledger_id, event_id, bundle, tax, jurisdiction, currency,
    -- the ledger's base is positive; it takes the direction of its tax
    case when tax < 0 or (tax = 0 and is_reversal) then -tax_base else tax_base end as base
from found

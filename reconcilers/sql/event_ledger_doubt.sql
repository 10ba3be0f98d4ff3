-- purpose: ledger lines looked at one by one: new ones that name no event, documents newly reversed (or back again), lines with an open break
-- reads: ledger_line, event_ledger_reversal, event_ledger_liability, event_ledger_open_key
-- writes: event_ledger_doubt
-- parameters: $first_day
-- invariant: one row per line; no tax line; is_changed where a reversal or an open break is the reason
with new_original as (
    select distinct l.ledger_id, l.company_id, l.document_id
    from ledger_line as l
    semi join event_ledger_reversal as r on r.ledger_id = l.ledger_id and r.company_id = l.company_id and r.original_id = l.document_id
    where l.business_date >= $first_day
),
changed as (
    select ledger_id, company_id, reversal_id, original_id from event_ledger_reversal where last_day >= $first_day
    union
    -- the reversal of a reversal brings the first document back
    select r.ledger_id, r.company_id, r.reversal_id, r.original_id
    from event_ledger_reversal as r
    join event_ledger_reversal as n
        on n.ledger_id = r.ledger_id and n.company_id = r.company_id and n.original_id = r.reversal_id and n.last_day >= $first_day
    union
    -- a document that arrives after its reversal
    select r.ledger_id, r.company_id, r.reversal_id, r.original_id
    from event_ledger_reversal as r
    join new_original as o on o.ledger_id = r.ledger_id and o.company_id = r.company_id and o.document_id = r.original_id
),
reversed_document as (
    select ledger_id, company_id, reversal_id as document_id from changed
    union
    select ledger_id, company_id, original_id as document_id from changed
),
open_ref as (select business_key from event_ledger_open_key where contains(business_key, '/')),
chosen as (
    select l.*, true as is_changed
    from ledger_line as l
    semi join reversed_document as d on d.ledger_id = l.ledger_id and d.company_id = l.company_id and d.document_id = l.document_id
    union all
    select l.*, true as is_changed
    from ledger_line as l
    semi join open_ref as o on o.business_key = line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id)
    union all
    select l.*, false as is_changed
    from ledger_line as l
    semi join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    where l.business_date >= $first_day and nullif(l.event_id, '') is null
)
select
    line_ref(ledger_id, company_id, document_id, line_id) as ref, ledger_id, company_id, account, document_id, nullif(event_id, '') as event_id,
    nullif(batch_id, '') as batch_id, nullif(global_id, '') as global_id, programme_id, -points as points, -amount as amount, currency, bool_or(is_changed) as is_changed
from chosen
where not coalesce(is_tax_line, false)
group by all

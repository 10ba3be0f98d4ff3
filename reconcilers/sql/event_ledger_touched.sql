-- purpose: ledger lines that may change a verdict today: new ones the exact passes did not settle, documents newly reversed, lines with an open break
-- reads: ledger_line, event_ledger_doubt, event_ledger_rest, event_ledger_scope, event_ledger_liability
-- writes: event_ledger_touched
-- parameters: $first_day
-- invariant: one row per line; no tax line
with later_ledger as (select count(*) > 0 as is_any from event_ledger_scope where begins_on is not null),
named as (
    select l.*
    from ledger_line as l
    semi join event_ledger_rest as r on r.event_id = l.event_id
    semi join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    where l.business_date >= $first_day
    union
    -- an event from before a ledger began is asked of that ledger once it is found on another account
    select l.*
    from ledger_line as l
    where l.business_date >= $first_day and nullif(l.event_id, '') is not null and (select is_any from later_ledger)
)
select ref, ledger_id, company_id, account, document_id, event_id, batch_id, global_id, programme_id, points, amount, currency from event_ledger_doubt
union
select
    line_ref(ledger_id, company_id, document_id, line_id) as ref, ledger_id, company_id, account, document_id, event_id, nullif(batch_id, '') as batch_id,
    nullif(global_id, '') as global_id, programme_id, -points as points, -amount as amount, currency
from named
where not coalesce(is_tax_line, false)

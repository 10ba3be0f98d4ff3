-- purpose: liability lines that name neither an event nor a batch we know, of the members concerned today: what the rule ladder looks at
-- reads: ledger_line, event_ledger_touched, event_ledger_active_event, loyalty_event, posting_manifest, event_ledger_own_entry, event_ledger_liability, event_ledger_netted
-- writes: event_ledger_loose
-- parameters: $all_members
-- invariant: one row per line; no tax line, no cancelled document; all there are where a group without member is declared
with concerned_member as (
    select e.global_id from loyalty_event as e semi join event_ledger_active_event as a on a.event_id = e.event_id
    union
    select global_id from event_ledger_touched where event_id is null and global_id is not null
),
touched_ref as (select ref from event_ledger_touched where event_id is null),
line as (
    select
        l.*, line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id) as ref,
        case when list_contains(s.programmes, l.programme_id) then l.programme_id else s.programme_id end as owner_id
    from ledger_line as l
    join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    where nullif(l.event_id, '') is null and not coalesce(l.is_tax_line, false)
),
unnamed as (
    select l.*
    from line as l
    anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    where $all_members or l.ref in (select ref from touched_ref) or l.global_id in (select global_id from concerned_member)
),
known_batch as (
    select m.batch_id from posting_manifest as m semi join unnamed as l on l.batch_id = m.batch_id
    union
    select event_id as batch_id from event_ledger_own_entry
)
select
    l.ref, l.ledger_id, l.company_id, l.account, l.document_id, l.owner_id as programme_id,
    coalesce(l.programme_id, '') as stated_programme_id, nullif(l.global_id, '') as global_id, nullif(l.order_id, '') as order_id,
    nullif(l.batch_id, '') as batch_id, l.posting_date, l.document_date, l.fiscal_year, l.fiscal_period, -l.points as points, -l.amount as amount, l.currency, l.business_date
from unnamed as l
where nullif(l.batch_id, '') is null or l.batch_id not in (select batch_id from known_batch)

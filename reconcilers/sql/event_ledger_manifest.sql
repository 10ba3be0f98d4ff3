-- purpose: the members of every batch that matters today and are not settled, and whose account each belongs to
-- reads: posting_manifest, event_ledger_left, event_ledger_active_batch, event_ledger_rest, event_ledger_doubt, loyalty_event, event_ledger_scope
-- writes: event_ledger_manifest
-- parameters: $first_day
-- invariant: one row per batch and member; a member whose event is unknown has no programme
with concerned_batch as (
    select batch_id from event_ledger_active_batch
    union
    select m.batch_id from posting_manifest as m semi join event_ledger_left as e on e.event_id = m.event_id
),
member as (
    select m.batch_id, m.event_id, m.points, m.amount
    from posting_manifest as m
    semi join concerned_batch as b on b.batch_id = m.batch_id
    -- the exact passes saw the members that came in the window or whose batch did, and settled those that are not left over
    where m.event_id in (select event_id from event_ledger_rest)
        or (m.business_date < $first_day and m.batch_id not in (select batch_id from event_ledger_doubt where event_id is null and batch_id is not null))
),
known as (select e.event_id, e.programme_id from loyalty_event as e semi join member as m on m.event_id = e.event_id),
home as (select distinct programme_id, company_id, account from event_ledger_scope)
select m.batch_id, m.event_id, m.points, m.amount, k.programme_id, h.company_id, h.account, k.event_id is not null as is_known
from member as m
left join known as k on k.event_id = m.event_id
left join home as h on h.programme_id = k.programme_id

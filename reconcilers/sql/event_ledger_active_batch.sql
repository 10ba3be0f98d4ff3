-- purpose: batches whose verdict may change today: a line or a member is new, or one of them has an open break
-- reads: event_ledger_touched, posting_manifest, event_ledger_rest
-- writes: event_ledger_active_batch
-- parameters: $first_day
-- invariant: distinct batch ids
with active_event as (
    select event_id from event_ledger_touched where event_id is not null
    union
    select event_id from event_ledger_rest
)
select batch_id from event_ledger_touched where batch_id is not null and event_id is null
union
select batch_id from posting_manifest where business_date >= $first_day
union
select m.batch_id from posting_manifest as m semi join active_event as e on e.event_id = m.event_id

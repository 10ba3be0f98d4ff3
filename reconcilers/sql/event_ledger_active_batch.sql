-- purpose: batches whose verdict may change today: a line or a member is new, or one of them has an open break
-- reads: event_ledger_touched, posting_manifest, loyalty_event, event_ledger_window, event_ledger_open_key
-- writes: event_ledger_active_batch
-- parameters: none
-- invariant: distinct batch ids
with active_event as (
    select event_id from event_ledger_touched where event_id is not null
    union
    select e.event_id from loyalty_event as e cross join event_ledger_window as w where e.business_date >= w.first_day
    union
    select business_key as event_id from event_ledger_open_key
)
select batch_id from event_ledger_touched where batch_id is not null and event_id is null
union
select m.batch_id from posting_manifest as m cross join event_ledger_window as w where m.business_date >= w.first_day
union
select m.batch_id from posting_manifest as m semi join active_event as e on e.event_id = m.event_id

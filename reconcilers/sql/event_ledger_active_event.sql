-- purpose: events whose verdict may change today, with the other members of their batches and the other leg of their transfers
-- reads: event_ledger_touched, posting_manifest, loyalty_event, event_ledger_window, event_ledger_open_key, event_ledger_active_batch, event_ledger_own_entry
-- writes: event_ledger_active_event
-- parameters: none
-- invariant: distinct ids; ids of our own event-less entries are among them
with named as (
    select event_id from event_ledger_touched where event_id is not null
    union
    select e.event_id from loyalty_event as e cross join event_ledger_window as w where e.business_date >= w.first_day
    union
    select o.event_id from event_ledger_own_entry as o cross join event_ledger_window as w where o.business_date >= w.first_day
    union
    select business_key as event_id from event_ledger_open_key
    union
    select m.event_id from posting_manifest as m semi join event_ledger_active_batch as b on b.batch_id = m.batch_id
    union
    select batch_id as event_id from event_ledger_active_batch
),
leg as (
    select distinct e.transfer_id from loyalty_event as e semi join named as n on n.event_id = e.event_id where nullif(e.transfer_id, '') is not null
)
select event_id from named
union
select e.event_id from loyalty_event as e semi join leg as l on l.transfer_id = e.transfer_id

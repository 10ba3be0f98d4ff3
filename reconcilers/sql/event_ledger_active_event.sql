-- purpose: events whose verdict the ladder gives today, with the other members of their batches and the other leg of their transfers
-- reads: event_ledger_touched, event_ledger_rest, posting_manifest, loyalty_event, event_ledger_active_batch, event_ledger_own_entry
-- writes: event_ledger_active_event
-- parameters: $first_day
-- invariant: distinct ids; ids of our own event-less entries are among them; members that came in the window and are not left over are settled
with named as (
    select event_id from event_ledger_touched where event_id is not null
    union
    select event_id from event_ledger_rest
    union
    select event_id from event_ledger_own_entry where business_date >= $first_day
    union
    select m.event_id from posting_manifest as m semi join event_ledger_active_batch as b on b.batch_id = m.batch_id where m.business_date < $first_day
    union
    select batch_id as event_id from event_ledger_active_batch
),
leg as (
    select distinct e.transfer_id from loyalty_event as e semi join named as n on n.event_id = e.event_id where nullif(e.transfer_id, '') is not null
)
select event_id from named
union
select e.event_id from loyalty_event as e semi join leg as l on l.transfer_id = e.transfer_id

-- purpose: what the exact passes did not settle at once: ids of events that the whole ladder of rules looks at
-- reads: event_ledger_named, event_ledger_open_key, event_ledger_doubt
-- writes: event_ledger_rest
-- parameters: none
-- invariant: distinct ids, among them names of events nobody knows; an event is settled in all its ledgers or not at all; nothing named twice is settled
--   (told by a hash: two events that share one are both left to the ladder)
with twice as (
    select hash(event_id, account_no) as key_hash from event_ledger_named where is_settled group by key_hash having count(*) > 1
)
select event_id from event_ledger_named where not is_settled
union
select event_id from event_ledger_named where is_settled and hash(event_id, account_no) in (select key_hash from twice)
union
select business_key as event_id from event_ledger_open_key
union
select event_id from event_ledger_doubt where event_id is not null

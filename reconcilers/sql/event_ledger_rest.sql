-- purpose: what the exact passes did not settle at once: ids of events that the whole ladder of rules looks at
-- reads: event_ledger_named, event_ledger_open_key, event_ledger_doubt
-- writes: event_ledger_rest
-- parameters: none
-- invariant: distinct ids, among them names of events nobody knows; an event is settled in all its ledgers or not at all
select event_id from event_ledger_named where not is_settled
union
select business_key as event_id from event_ledger_open_key
union
select event_id from event_ledger_doubt where event_id is not null

-- purpose: the ledger entries of the event that opened each lot, as last known
-- reads: known_ledger_link
-- writes: lot_entry
-- parameters: none
-- invariant: one row per event
select event_id, arg_max(ledger_refs, business_date) as ledger_refs
from known_ledger_link
where pair = 'event_ledger'
group by event_id

-- purpose: the lots of the close with the ledger entries of the events that opened them
-- reads: lot_valued, lot_entry
-- writes: lot_settled
-- parameters: none
-- invariant: the rows of lot_valued, unchanged but for ledger_ref
select v.* exclude (business_date) replace (coalesce(e.ledger_refs, '') as ledger_ref)
from lot_valued v
left join lot_entry e on e.event_id = v.lot_id

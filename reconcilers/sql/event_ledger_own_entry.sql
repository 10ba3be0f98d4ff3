-- purpose: every entry of ours without an event (a new rate, a revaluation): the ledger carries it as a batch of that id
-- reads: event_value, prior_event_value
-- writes: event_ledger_own_entry
-- parameters: $as_of_date
-- invariant: one row per entry_id
select event_id, programme_id, kind, effective_date, $as_of_date as business_date, currency, coalesce(points, 0) as points, face_amount, deferred_amount
from event_value
where coalesce(global_id, '') = ''
union all by name
select event_id, programme_id, kind, effective_date, business_date, currency, coalesce(points, 0) as points, face_amount, deferred_amount
from prior_event_value
where coalesce(global_id, '') = ''

-- purpose: findings of the pair: loyalty events against the liability account of each ledger
-- reads: event_ledger_event_finding, event_ledger_line_finding
-- writes: event_ledger_difference
-- parameters: none
-- invariant: one row per business key and currency
select pair, code, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, left_amount, right_amount, currency, explanation
from event_ledger_event_finding
union all by name
select pair, code, programme_id, global_id, business_key, left_ref, right_ref, left_points, right_points, left_amount, right_amount, currency, explanation
from event_ledger_line_finding

-- purpose: what the posting lag leaves out of each ledger's balances, by member: events that are not in that ledger yet (TM-01), and legs of transfers that may still come
-- reads: event_ledger_verdict
-- writes: event_ledger_transit
-- parameters: $as_of_date
-- invariant: one row per programme, ledger, member and currency; what one ledger has and another lacks counts in the other alone, in its measure
select
    programme_id, ledger_id, global_id, currency,
    coalesce(sum(amount - right_amount) filter (code = 'TM-01'), 0) as amount,
    coalesce(sum(points - right_points) filter (code = 'TM-01'), 0) as points,
    -- a transfer inside a company needs no entry, yet a ledger that carries members books it within its window as it books the rest
    coalesce(sum(amount) filter (excuse = 'transfer_within_company'), 0) as transfer_amount,
    coalesce(sum(points) filter (excuse = 'transfer_within_company'), 0) as transfer_points
from event_ledger_verdict
where global_id is not null and (code = 'TM-01' or (excuse = 'transfer_within_company' and $as_of_date < due_on(effective_date, posting_days)))
group by programme_id, ledger_id, global_id, currency

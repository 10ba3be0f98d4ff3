-- purpose: what the posting lag leaves out of each ledger's balances, by member: events that are not in that ledger yet (TM-01)
-- reads: event_ledger_verdict
-- writes: event_ledger_transit
-- parameters: none
-- invariant: one row per programme, ledger, member and currency; what one ledger has and another lacks counts in the other alone, in its measure
select
    programme_id, ledger_id, global_id, currency, sum(amount - right_amount) as amount, sum(points - right_points) as points
from event_ledger_verdict
where code = 'TM-01' and global_id is not null
group by programme_id, ledger_id, global_id, currency

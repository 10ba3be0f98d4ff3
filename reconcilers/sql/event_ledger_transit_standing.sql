-- purpose: what the posting lag left out of balances at the last close, by member, on a day on which events and ledgers cannot be compared
-- reads: event_ledger_finding
-- writes: event_ledger_transit_standing
-- parameters: none
-- invariant: one row per programme, member and currency; a break names one ledger only in words, so ledger_id is empty and any ledger may be meant
select
    programme_id, cast(null as varchar) as ledger_id, global_id, currency, sum(coalesce(left_amount, 0) - coalesce(right_amount, 0)) as amount,
    sum(coalesce(left_points, 0) - coalesce(right_points, 0)) as points, 0 as transfer_amount, 0 as transfer_points
from event_ledger_finding
where code = 'TM-01'
group by programme_id, global_id, currency

-- purpose: what is deferred for each member by the lots, where a ledger carries the programme in that measure
-- reads: lot, member_balance_scope
-- writes: member_balance_deferral
-- parameters: none
-- invariant: one row per programme, member and currency of programmes that a ledger carries deferred
select programme_id, global_id, currency, sum(remaining_amount) as amount
from lot
where programme_id in (select programme_id from member_balance_scope where measure = 'deferred')
group by programme_id, global_id, currency

-- purpose: CL-01: an event with nothing on the liability account, but a line of equal money and sign on another account or company
-- reads: event_ledger_side, event_ledger_entry, event_ledger_scope
-- writes: event_ledger_elsewhere
-- parameters: none
-- invariant: one row per event and ledger; a line in another ledger of the same programme is that ledger's business
select
    e.event_id, e.ledger_id,
    list(x.ref order by x.ref) as refs,
    arg_min(x.account, x.ref) as account,
    arg_min(x.company_id, x.ref) as company_id
from event_ledger_side as e
join event_ledger_entry as x on x.event_id = e.event_id
anti join event_ledger_scope as s
    on s.programme_id = e.programme_id and s.ledger_id = x.ledger_id and s.ledger_id <> e.ledger_id
where e.carrier_count = 0 and e.amount <> 0
    and not (x.ledger_id = e.ledger_id and x.company_id = e.company_id and x.account = e.account)
    and x.currency = e.currency and (x.amount < 0) = (e.amount < 0)
    and x.amount = e.amount
group by e.event_id, e.ledger_id

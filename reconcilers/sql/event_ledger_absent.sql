-- purpose: events that no entry of a ledger names and no batch carries: what lines without event could be
-- reads: event_ledger_left, event_ledger_entry, event_ledger_manifest, event_ledger_batch
-- writes: event_ledger_absent
-- parameters: none
-- invariant: one row per event and ledger; entries of ours and events without units and money are none
with carried as (
    select x.event_id, x.ledger_id
    from event_ledger_entry as x
    join event_ledger_left as e on e.event_id = x.event_id and e.ledger_id = x.ledger_id and e.company_id = x.company_id and e.account = x.account
    union
    select m.event_id, b.ledger_id
    from event_ledger_manifest as m
    join event_ledger_batch as b on b.batch_id = m.batch_id and b.carries_members and b.company_id = m.company_id and b.account = m.account
)
select e.*
from event_ledger_left as e
anti join carried as c on c.event_id = e.event_id and c.ledger_id = e.ledger_id
where not e.is_own_entry and (e.points <> 0 or e.amount <> 0)

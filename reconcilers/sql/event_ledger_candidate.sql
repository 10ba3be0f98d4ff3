-- purpose: rung composite: loose lines and the events they could be (same member, order, points or money, inside the posting window)
-- reads: event_ledger_loose, event_ledger_left, event_ledger_entry, event_ledger_manifest, event_ledger_batch
-- writes: event_ledger_candidate
-- parameters: none
-- invariant: only events with nothing else in that ledger; a pair is a match only where both counts are 1
with carried as (
    select x.event_id, x.ledger_id
    from event_ledger_entry as x
    join event_ledger_left as e on e.event_id = x.event_id and e.ledger_id = x.ledger_id and e.company_id = x.company_id and e.account = x.account
    union
    select m.event_id, b.ledger_id
    from event_ledger_manifest as m
    join event_ledger_batch as b on b.batch_id = m.batch_id and b.carries_members and b.company_id = m.company_id and b.account = m.account
),
absent as (
    select e.* from event_ledger_left as e anti join carried as c on c.event_id = e.event_id and c.ledger_id = e.ledger_id
    where not e.is_own_entry and (e.points <> 0 or e.amount <> 0)
),
pair as (
    select l.ref, e.event_id, e.ledger_id
    from event_ledger_loose as l
    join absent as e
        on e.ledger_id = l.ledger_id and e.company_id = l.company_id and e.account = l.account and e.programme_id = l.programme_id
        and e.global_id = l.global_id and e.currency = l.currency
        and l.posting_date between e.effective_date and e.effective_date + e.posting_days::integer
        and (l.order_id is null or l.order_id = e.order_id)
        and (case when l.points is not null then l.points = e.points else not beyond_tolerance(l.amount, e.amount, e.tolerance) end)
        and (l.amount >= 0) = (e.amount >= 0)
)
select
    ref, event_id, ledger_id,
    count(*) over (partition by ref) as events_of_line,
    count(*) over (partition by event_id, ledger_id) as lines_of_event,
    list(event_id) over (partition by ref order by event_id rows between unbounded preceding and unbounded following) as candidates
from pair

-- purpose: every event that a loose line could be (same member, order, points or money), in the posting window (is_prompt) or beyond it where the file says so
-- reads: event_ledger_loose, event_ledger_absent, event_ledger_standing, event_ledger_grouped
-- writes: event_ledger_pairing
-- parameters: $order_required
-- invariant: one row per line, event and ledger; no line and no event of a group that stands; is_held where they were matched on an earlier day
with grouped as (select unnest(any_value(refs)) as ref from event_ledger_grouped group by unit)
select
    l.ref, e.event_id, e.ledger_id, l.posting_date between e.effective_date and due_on(e.effective_date, e.posting_days) as is_prompt,
    s.ref is not null as is_held
from event_ledger_loose as l
join event_ledger_absent as e
    on e.ledger_id = l.ledger_id and e.company_id = l.company_id and e.account = l.account and e.programme_id = l.programme_id
    and e.global_id = l.global_id and e.currency = l.currency
    and l.posting_date between earliest_on(e.effective_date) and latest_on(e.effective_date, e.posting_days)
    and ((l.order_id is null and not $order_required) or l.order_id = e.order_id)
    and (case when l.points is not null then l.points = e.points else not beyond_limit(e.amount, l.amount, e.tolerance, e.currency) end)
    and (l.amount >= 0) = (e.amount >= 0)
left join event_ledger_standing as s on s.ref = l.ref and s.left_refs = e.event_id and s.rung <> 'group_sum'
anti join grouped as g on g.ref = l.ref
anti join event_ledger_grouped as h on h.event_id = e.event_id and h.ledger_id = e.ledger_id

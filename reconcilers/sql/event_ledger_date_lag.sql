-- purpose: pass date_lag: what composite and the groups left, inside the posting window or beyond it; a line with two events, or two lines with one, are told
-- reads: event_ledger_pairing, event_ledger_candidate, event_ledger_grouped
-- writes: event_ledger_date_lag
-- parameters: none
-- invariant: a line and an event are settled at most once, and only where neither has another candidate among what is left
with used_line as (
    select ref from event_ledger_candidate
    union
    select unnest(any_value(refs)) as ref from event_ledger_grouped where outcome = 'confirm' group by unit
),
used_event as (
    select event_id, ledger_id from event_ledger_candidate
    union
    select event_id, ledger_id from event_ledger_grouped where outcome = 'confirm'
),
free as (
    select p.ref, p.event_id, p.ledger_id
    from event_ledger_pairing as p
    anti join used_line as a on a.ref = p.ref
    anti join used_event as b on b.event_id = p.event_id and b.ledger_id = p.ledger_id
),
counted as (
    select
        ref, event_id, ledger_id, count(*) over (partition by ref) as events_of_line, count(*) over (partition by event_id, ledger_id) as lines_of_event,
        list(event_id) over (partition by ref order by event_id rows between unbounded preceding and unbounded following) as candidates
    from free
)
select ref, event_id, ledger_id, 'date_lag' as rung, events_of_line = 1 and lines_of_event = 1 as is_settled, events_of_line, lines_of_event, candidates
from counted

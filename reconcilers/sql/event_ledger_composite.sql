-- purpose: pass composite: loose lines and the one event each is inside the posting window; before that, what was matched on an earlier day
-- reads: event_ledger_pairing
-- writes: event_ledger_composite
-- parameters: none
-- invariant: a line and an event are settled at most once, and only where neither has another candidate in the window; a match of an earlier day holds
with held as (select ref, event_id, ledger_id, case when is_prompt then 'composite' else 'date_lag' end as rung from event_ledger_pairing where is_held),
free as (
    -- a line or an event that comes later and fits as well as one that was matched looks for its partner among what is left
    select p.ref, p.event_id, p.ledger_id, count(*) over (partition by p.ref) as events_of_line, count(*) over (partition by p.event_id, p.ledger_id) as lines_of_event
    from event_ledger_pairing as p
    anti join held as a on a.ref = p.ref
    anti join held as b on b.event_id = p.event_id and b.ledger_id = p.ledger_id
    where p.is_prompt
)
select ref, event_id, ledger_id, rung, true as is_settled, 1 as events_of_line, 1 as lines_of_event, [event_id] as candidates from held
union all
select ref, event_id, ledger_id, 'composite', true, 1, 1, [event_id] from free where events_of_line = 1 and lines_of_event = 1

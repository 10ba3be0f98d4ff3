-- purpose: passes composite and date_lag: loose lines and the one event each could be (same member, order, points or money); first inside the posting window, then beyond it
-- reads: event_ledger_loose, event_ledger_absent, prior_match, prior_break
-- writes: event_ledger_candidate
-- parameters: $order_required
-- invariant: a line and an event are settled at most once, and only where neither has another candidate in that pass; a match of an earlier day holds unless a break stands against it
with pair as (
    select
        l.ref, e.event_id, e.ledger_id, l.posting_date, l.posting_date between e.effective_date and due_on(e.effective_date, e.posting_days) as is_prompt
    from event_ledger_loose as l
    join event_ledger_absent as e
        on e.ledger_id = l.ledger_id and e.company_id = l.company_id and e.account = l.account and e.programme_id = l.programme_id
        and e.global_id = l.global_id and e.currency = l.currency
        and l.posting_date between earliest_on(e.effective_date) and latest_on(e.effective_date, e.posting_days)
        and ((l.order_id is null and not $order_required) or l.order_id = e.order_id)
        and (case when l.points is not null then l.points = e.points else not beyond_limit(e.amount, l.amount, e.tolerance, e.currency) end)
        and (l.amount >= 0) = (e.amount >= 0)
),
last_match as (
    -- no line was matched before it was posted: so much of the history, and no more, is read
    select
        unnest(string_split(right_refs, ';')) as ref, left_refs as event_id, rung, business_date
    from prior_match
    where pair = 'event_ledger' and rung in ('composite', 'date_lag', 'group_sum') and business_date >= (select min(posting_date) from pair)
),
doubted as (
    select distinct business_key
    from prior_break
    where pair = 'event_ledger' and status <> 'closed' and code <> 'AM-03' and business_date = (select max(business_date) from prior_break)
),
held as (
    -- matched on an earlier day: a line or an event that comes later and fits as well looks for its partner among what is left
    select p.ref, p.event_id, p.ledger_id, p.is_prompt
    from pair as p
    join (
        select ref, arg_max(event_id, business_date) as event_id, arg_max(rung, business_date) as rung
        from last_match
        where ref in (select ref from pair)
        group by ref
    ) as m on m.ref = p.ref and m.event_id = p.event_id and m.rung <> 'group_sum'
    where p.ref not in (select business_key from doubted) and p.event_id not in (select business_key from doubted)
),
free as (
    select p.* exclude (posting_date)
    from pair as p
    anti join held as a on a.ref = p.ref
    anti join held as b on b.event_id = p.event_id and b.ledger_id = p.ledger_id
),
counted as (
    select
        *, count(*) filter (is_prompt) over (partition by ref) as prompt_events,
        count(*) filter (is_prompt) over (partition by event_id, ledger_id) as prompt_lines
    from free
),
prompt as (
    select ref, event_id, ledger_id from counted where is_prompt and prompt_events = 1 and prompt_lines = 1
),
waiting as (
    select p.ref, p.event_id, p.ledger_id
    from free as p
    anti join prompt as a on a.ref = p.ref
    anti join prompt as b on b.event_id = p.event_id and b.ledger_id = p.ledger_id
),
told as (
    select
        ref, event_id, ledger_id, case when is_prompt then 'composite' else 'date_lag' end as rung, 1 as events_of_line, 1 as lines_of_event, [event_id] as candidates
    from held
    union all
    select ref, event_id, ledger_id, 'composite' as rung, 1 as events_of_line, 1 as lines_of_event, [event_id] as candidates from prompt
    union all
    select
        ref, event_id, ledger_id, 'date_lag', count(*) over (partition by ref), count(*) over (partition by event_id, ledger_id),
        list(event_id) over (partition by ref order by event_id rows between unbounded preceding and unbounded following)
    from waiting
)
select ref, event_id, ledger_id, rung, events_of_line = 1 and lines_of_event = 1 as is_settled, events_of_line, lines_of_event, candidates
from told

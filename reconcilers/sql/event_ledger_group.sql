-- purpose: pass group_sum: what is left of lines and events under one declared key, where units and money of both sides are equal
-- reads: event_ledger_loose, event_ledger_absent, event_ledger_candidate, event_ledger_grouped
-- writes: event_ledger_group
-- parameters: $rule_id, $outcome, $by_member, $by_order, $by_date
-- invariant: every line and event left under a key is in its group or none is; a key with an empty part groups nothing
with used_line as (
    select ref from event_ledger_candidate
    union
    select unnest(any_value(refs)) as ref from event_ledger_grouped group by unit
),
used_event as (
    select event_id, ledger_id from event_ledger_candidate
    union
    select event_id, ledger_id from event_ledger_grouped
),
line as (
    select
        l.*,
        concat_ws(
            '|', l.ledger_id, l.company_id, l.account, l.programme_id, l.currency, case when $by_member then l.global_id end, case when $by_order then l.order_id end,
            case when $by_date then coalesce(l.document_date, l.posting_date)::varchar end
        ) as group_key
    from event_ledger_loose as l
    anti join used_line as u on u.ref = l.ref
    where (not $by_member or l.global_id is not null) and (not $by_order or l.order_id is not null)
),
event as (
    select
        e.*,
        concat_ws(
            '|', e.ledger_id, e.company_id, e.account, e.programme_id, e.currency, case when $by_member then e.global_id end, case when $by_order then e.order_id end,
            case when $by_date then e.effective_date::varchar end
        ) as group_key
    from event_ledger_absent as e
    anti join used_event as u on u.event_id = e.event_id and u.ledger_id = e.ledger_id
    where (not $by_member or e.global_id is not null) and (not $by_order or e.order_id is not null)
),
line_sum as (
    select
        group_key, sum(points) as points, sum(amount) as amount, bool_and(points is not null) as has_points, list(ref order by ref) as refs,
        min((posting_date, ref))[2] as first_ref, min(posting_date) as first_day, max(posting_date) as last_day
    from line
    group by group_key
),
event_sum as (
    select
        group_key, sum(points) as points, sum(amount) as amount, min(earliest_on(effective_date)) as first_day,
        max(latest_on(effective_date, posting_days)) as last_day
    from event
    group by group_key
),
equal as (
    select l.group_key, l.refs, l.first_ref, l.has_points
    from line_sum as l
    join event_sum as e
        on e.group_key = l.group_key and e.amount = l.amount and (not l.has_points or e.points = l.points) and l.first_day >= e.first_day and l.last_day <= e.last_day
)
select
    'group ' || $rule_id || ' ' || sha(q.group_key || '|' || array_to_string(q.refs, ';')) as unit, $outcome as outcome, e.event_id, e.ledger_id, q.refs, q.first_ref,
    q.has_points
from equal as q
join event as e on e.group_key = q.group_key

-- purpose: pass suggestion: sums of two or more events of a line's member, inside its window, that equal a line nothing else explains
-- reads: event_ledger_loose, event_ledger_absent, event_ledger_candidate, event_ledger_grouped
-- writes: event_ledger_suggestion
-- parameters: $max_items, $max_lines
-- invariant: one row per line with two or more events in its window; is_searched is false where the bounds forbade it; nothing is confirmed
with used_line as (
    select ref from event_ledger_candidate
    union
    select unnest(any_value(refs)) as ref from event_ledger_grouped where outcome = 'confirm' group by unit
),
used_event as (
    select event_id, ledger_id from event_ledger_candidate where is_settled
    union
    select event_id, ledger_id from event_ledger_grouped where outcome = 'confirm'
),
item as (
    select
        l.ref, e.event_id, case when l.points is null then units4(e.amount) else units4(e.points) end as units,
        case when l.points is null then units4(l.amount) else units4(l.points) end as wanted_units, units4(e.amount) as money_units, units4(l.amount) as wanted_money,
        row_number() over (partition by l.ref order by e.event_id) - 1 as item_no, count(*) over (partition by l.ref) as item_count
    from event_ledger_loose as l
    anti join used_line as u on u.ref = l.ref
    join event_ledger_absent as e
        on e.ledger_id = l.ledger_id and e.company_id = l.company_id and e.account = l.account and e.programme_id = l.programme_id
        and e.global_id = l.global_id and e.currency = l.currency and (l.order_id is null or e.order_id is null or l.order_id = e.order_id)
        and l.posting_date between earliest_on(e.effective_date) and latest_on(e.effective_date, e.posting_days)
    anti join used_event as v on v.event_id = e.event_id and v.ledger_id = e.ledger_id
),
line as (
    select ref, max(item_count) as item_count, row_number() over (order by ref) <= $max_lines and max(item_count) <= $max_items as is_searched
    from item
    where item_count > 1
    group by ref
),
subset as (
    select i.ref, m.mask, sum(i.units) as units, sum(i.money_units) as money_units, any_value(i.wanted_units) as wanted_units, any_value(i.wanted_money) as wanted_money,
        list(i.event_id order by i.item_no) as event_ids
    from (select l.ref, unnest(generate_series(1, (1 << least(l.item_count, 14)::integer) - 1)) as mask from line as l where l.is_searched) as m
    join item as i on i.ref = m.ref and (m.mask >> i.item_no) & 1 = 1
    group by i.ref, m.mask
),
equal as (
    select ref, count(*) as subset_count, min(event_ids) as candidates
    from subset
    where units = wanted_units and money_units = wanted_money and len(event_ids) > 1
    group by ref
)
select l.ref, l.is_searched, l.item_count, coalesce(q.subset_count, 0) as subset_count, coalesce(q.candidates, []) as candidates
from line as l
left join equal as q on q.ref = l.ref

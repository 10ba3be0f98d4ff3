-- purpose: matches that arise today: events with their documents (1:1, 1:N), batches with the members that tie (N:1)
-- reads: event_ledger_verdict, event_ledger_carrier, event_ledger_batch, prior_match, match_rule
-- writes: event_ledger_agreement
-- parameters: none
-- invariant: a match not made before. For each ledger line the latest match holds; it replaces earlier ones with the same line, and an open break other than AM-03 suspends it
with matched as (
    select event_id, ledger_id, rung, points, amount, right_amount from event_ledger_verdict where verdict = 'matched' and carrier_count > 0
),
unit_of_event as (
    -- an event in a batch or group belongs to its match; documents of its own join that match
    select m.event_id, m.ledger_id, min(k.carrier) filter (k.rung in ('manifest', 'group_sum')) as unit
    from matched as m
    join event_ledger_carrier as k on k.event_id = m.event_id and k.ledger_id = m.ledger_id
    group by all
),
grouped as (
    select
        m.ledger_id, coalesce(u.unit, 'event ' || m.event_id) as unit,
        case when u.unit is null then min(m.rung) when starts_with(u.unit, 'group ') then 'group_sum' else 'manifest' end as rung,
        list(m.event_id order by m.event_id) as left_refs,
        sum(m.points) as points, sum(m.amount) as left_amount, sum(m.right_amount) as right_amount
    from matched as m
    join unit_of_event as u on u.event_id = m.event_id and u.ledger_id = m.ledger_id
    group by m.ledger_id, u.unit, coalesce(u.unit, 'event ' || m.event_id)
),
ref_of_unit as (
    select
        u.ledger_id, coalesce(u.unit, 'event ' || u.event_id) as unit,
        list_sort(list_distinct(flatten(list(k.refs)))) as right_refs
    from unit_of_event as u
    join event_ledger_carrier as k
        on k.event_id = u.event_id and k.ledger_id = u.ledger_id and (u.unit is null or k.carrier = u.unit or k.rung not in ('manifest', 'group_sum'))
    group by all
),
quiet_unit as (
    -- batches nothing of which changed keep the match they have
    select ledger_id, 'batch ' || batch_id || ' ' || unit_document as unit from event_ledger_batch where not is_active
),
drafted as (
    select
        g.rung, case when g.rung = 'group_sum' then split_part(g.unit, ' ', 2) else g.rung end as rule_id, g.points, g.left_amount, g.right_amount,
        array_to_string(g.left_refs, ';') as left_refs, array_to_string(r.right_refs, ';') as right_refs,
        case when len(g.left_refs) = 1 then '1' else 'N' end || ':' || case when len(r.right_refs) = 1 then '1' when len(g.left_refs) = 1 then 'N' else 'M' end as cardinality
    from grouped as g
    join ref_of_unit as r on r.ledger_id = g.ledger_id and r.unit = g.unit
    anti join quiet_unit as q on q.ledger_id = g.ledger_id and q.unit = g.unit
),
identified as (
    select sha('event_ledger|' || rung || '|' || left_refs || '|' || right_refs) as match_id, * from drafted
),
known as (select p.match_id from prior_match as p semi join identified as i on i.match_id = p.match_id where p.pair = 'event_ledger')
select
    match_id, 'event_ledger' as pair, rule_id, (select rule_version from match_rule where pair = 'event_ledger') as rule_version, rung, cardinality, left_refs, right_refs,
    points, left_amount, right_amount, left_amount - right_amount as difference_amount
from identified
where match_id not in (select match_id from known)

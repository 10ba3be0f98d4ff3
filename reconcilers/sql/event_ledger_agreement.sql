-- purpose: matches that arise today: events with their documents (1:1, 1:N), batches with the members that tie (N:1)
-- reads: event_ledger_settled, event_ledger_liability, event_ledger_verdict, event_ledger_carrier, event_ledger_batch, prior_match, match_rule
-- writes: event_ledger_agreement
-- parameters: $as_of_date, $first_day
-- invariant: a match not made before. For each ledger line the latest match holds; it replaces earlier ones with the same line, and an open break other than AM-03 suspends it
with
-- one line names the event and nothing else does: a match of its own
alone as (
    select
        sha('event_ledger|exact_id|' || event_id || '|' || ref) as match_id, 'exact_id' as rung, 'exact_id' as rule_id, points, amount as left_amount,
        amount as right_amount, event_id as left_refs, ref as right_refs, '1:1' as cardinality, entered_on
    from (
        select n.event_id, line_ref(a.ledger_id, a.company_id, n.carrier_id, n.line_id) as ref, n.points, n.amount, n.entered_on
        from event_ledger_settled as n
        join event_ledger_liability as a on a.account_no = n.account_no
        where n.line_id is not null
    )
),
made_lately as (select match_id from prior_match where pair = 'event_ledger' and rung = 'exact_id' and business_date >= $first_day),
matched as (
    select event_id, ledger_id, rung, points, amount, right_amount from event_ledger_verdict where verdict = 'matched' and carrier_count > 0
),
unit_of_event as (
    -- an event in a batch or group belongs to its match; documents of its own join that match
    select m.event_id, m.ledger_id, min(k.carrier) filter (k.rung in ('manifest', 'group_sum')) as unit
    from matched as m
    join event_ledger_carrier as k on k.event_id = m.event_id and k.ledger_id = m.ledger_id
    group by all
),
member as (
    select
        m.ledger_id, coalesce(u.unit, 'event ' || m.event_id) as unit,
        case when u.unit is null then m.rung when starts_with(u.unit, 'group ') then 'group_sum' else 'manifest' end as rung,
        m.event_id, m.points, m.amount as left_amount, m.right_amount
    from matched as m
    join unit_of_event as u on u.event_id = m.event_id and u.ledger_id = m.ledger_id
    union all
    select a.ledger_id, 'batch ' || n.carrier_id || ' ' as unit, 'manifest' as rung, n.event_id, n.points, n.amount as left_amount, n.amount as right_amount
    from event_ledger_settled as n
    join event_ledger_liability as a on a.account_no = n.account_no
    where n.line_id is null
),
grouped as (
    select
        ledger_id, unit, min(rung) as rung, refs_text(event_id) as left_refs, count(*) as left_count,
        sum(points) as points, sum(left_amount) as left_amount, sum(right_amount) as right_amount
    from member
    group by ledger_id, unit
),
posted as (
    select distinct n.account_no, n.carrier_id as batch_id from event_ledger_settled as n where n.line_id is null
),
carried as (
    select u.ledger_id, coalesce(u.unit, 'event ' || u.event_id) as unit, k.refs
    from unit_of_event as u
    join event_ledger_carrier as k
        on k.event_id = u.event_id and k.ledger_id = u.ledger_id and (u.unit is null or k.carrier = u.unit or k.rung not in ('manifest', 'group_sum'))
    union all
    select b.ledger_id, 'batch ' || b.batch_id || ' ' as unit, b.refs
    from posted as p
    join event_ledger_liability as a on a.account_no = p.account_no
    join event_ledger_batch as b
        on b.batch_id = p.batch_id and b.ledger_id = a.ledger_id and b.company_id = a.company_id and b.account = a.account and b.unit_document = ''
),
ref_of_unit as (
    select ledger_id, unit, list_sort(list_distinct(flatten(list(refs)))) as right_refs from carried group by ledger_id, unit
),
quiet_unit as (
    -- batches nothing of which changed keep the match they have
    select ledger_id, 'batch ' || batch_id || ' ' || unit_document as unit from event_ledger_batch where not is_active
),
drafted as (
    select
        g.rung, case when g.rung = 'group_sum' then split_part(g.unit, ' ', 2) else g.rung end as rule_id, g.points, g.left_amount, g.right_amount,
        g.left_refs, array_to_string(r.right_refs, ';') as right_refs,
        case when g.left_count = 1 then '1' else 'N' end || ':' || case when len(r.right_refs) = 1 then '1' when g.left_count = 1 then 'N' else 'M' end as cardinality
    from grouped as g
    join ref_of_unit as r on r.ledger_id = g.ledger_id and r.unit = g.unit
    anti join quiet_unit as q on q.ledger_id = g.ledger_id and q.unit = g.unit
),
identified as (
    select sha('event_ledger|' || rung || '|' || left_refs || '|' || right_refs) as match_id, * from drafted
),
same_rows as (
    select match_id, match_id as made_as from identified
    union all
    -- what two passes may find between the same rows, each on its day, is one match
    select i.match_id, sha('event_ledger|' || o.rung || '|' || i.left_refs || '|' || i.right_refs)
    from identified as i
    join (values ('composite'), ('date_lag'), ('group_sum')) as o (rung) on o.rung <> i.rung
    where i.rung in ('composite', 'date_lag', 'group_sum')
),
known as (
    select s.match_id
    from prior_match as p
    join same_rows as s on s.made_as = p.match_id
    where p.pair = 'event_ledger'
),
arisen as (
    -- what names an event for the first time today cannot have been matched before
    select * exclude (entered_on) from alone where entered_on = $as_of_date or match_id not in (select match_id from made_lately)
    union all by name
    select * from identified where match_id not in (select match_id from known)
)
select
    match_id, 'event_ledger' as pair, rule_id, (select rule_version from match_rule where pair = 'event_ledger') as rule_version, rung, cardinality, left_refs, right_refs,
    points, left_amount, right_amount, left_amount - right_amount as difference_amount
from arisen

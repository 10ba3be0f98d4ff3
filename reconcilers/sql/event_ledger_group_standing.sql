-- purpose: groups that were matched on an earlier day and still hold: what comes later under the same key looks for its partner among what is left
-- reads: event_ledger_standing, event_ledger_loose, event_ledger_absent
-- writes: event_ledger_group_standing
-- parameters: $rule_ids
-- invariant: a group holds whole or not at all: every line and event of it is still without another partner, and both sums are still equal
with line as (
    select
        s.match_id, s.rule_id, s.right_refs, l.ledger_id, l.company_id, l.account, l.programme_id, l.currency, sum(l.points) as points, sum(l.amount) as amount,
        bool_and(l.points is not null) as has_points, list(l.ref order by l.ref) as refs, min((l.posting_date, l.ref))[2] as first_ref
    from event_ledger_standing as s
    join event_ledger_loose as l on l.ref = s.ref
    where s.rung = 'group_sum' and s.rule_id in (select unnest($rule_ids::varchar[]))
    group by all
),
named as (
    select distinct s.match_id, s.left_refs, unnest(string_split(s.left_refs, ';')) as event_id from event_ledger_standing as s where s.rung = 'group_sum'
),
event as (
    select
        n.match_id, n.left_refs, e.ledger_id, e.company_id, e.account, e.programme_id, e.currency, sum(e.points) as points, sum(e.amount) as amount,
        list(e.event_id order by e.event_id) as event_ids
    from named as n
    join event_ledger_absent as e on e.event_id = n.event_id
    group by all
),
whole as (
    select l.match_id, l.rule_id, l.ledger_id, l.refs, l.first_ref, l.has_points, e.event_ids
    from line as l
    join event as e
        on e.match_id = l.match_id and e.ledger_id = l.ledger_id and e.company_id = l.company_id and e.account = l.account and e.programme_id = l.programme_id
        and e.currency = l.currency and e.amount = l.amount and (not l.has_points or e.points = l.points)
    where array_to_string(l.refs, ';') = l.right_refs and array_to_string(e.event_ids, ';') = e.left_refs
)
select 'group ' || rule_id || ' ' || match_id as unit, 'confirm' as outcome, unnest(event_ids) as event_id, ledger_id, refs, first_ref, has_points from whole

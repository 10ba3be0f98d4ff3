-- purpose: leaving units take the member's open lots in the programme's order, or in expiry order; what is beyond the balance goes to arrears
-- reads: lot_departing, lot_held, lot_event, programme
-- writes: lot_take
-- parameters: $by_expiry
-- invariant: units per event = units leaving; no lot gives more than it has; a lot past its last usable day gives only when no other is left
with member as (
    -- one day decides what is past for all events of a member and group, so that steps and waves change nothing
    select e.programme_id, e.global_id, min(e.lot_policy) as lot_policy, max(e.effective_date) as leaving_on
    from lot_event e
    semi join lot_departing d on d.programme_id = e.programme_id and d.global_id = e.global_id and d.group_no = e.group_no
    where e.points < 0
    group by e.programme_id, e.global_id
),
open_lot as (
    -- where the platform's trace or the pool leaves something to take, what expires first goes first
    select h.*, case when $by_expiry or m.lot_policy in ('source_trace', 'weighted_average') then 'expiring_first' else m.lot_policy end as policy,
        not $by_expiry and h.expires_on is not null and h.expires_on < m.leaving_on as is_past,
        coalesce(nullif(list_position(string_split(coalesce(p.earn_class_sequence, ''), ';'), h.earn_class), 0), 1000) as class_place
    from lot_held h
    join member m on m.programme_id = h.programme_id and m.global_id = h.global_id
    left join programme p on p.programme_id = h.programme_id
    where h.remaining_points > 0 and not h.is_arrears
),
ranked as (
    select programme_id, global_id, lot_id, remaining_points,
        row_number() over (
            partition by programme_id, global_id
            order by is_past, case when policy = 'subtype_sequence' then class_place end nulls last,
                case when policy in ('expiring_first', 'subtype_sequence') then expires_on end nulls last,
                case when policy = 'fifo' then earned_on end nulls last,
                case when policy = 'lifo' then earned_on end desc nulls last,
                case when policy <> 'lifo' then earned_at end nulls last,
                case when policy = 'lifo' then earned_at end desc nulls last,
                case when policy <> 'lifo' then lot_id end nulls last,
                case when policy = 'lifo' then lot_id end desc nulls last
        ) as lot_no
    from open_lot
),
lot as (
    select *, sum(remaining_points) over (partition by programme_id, global_id order by lot_no rows unbounded preceding) as lot_end from ranked
),
need as (
    select *, row_number() over sequenced as need_no, sum(points) over sequenced as need_end
    from lot_departing
    window sequenced as (partition by programme_id, global_id order by event_no rows unbounded preceding)
),
boundary as (
    select programme_id, global_id, lot_end as position, lot_no, null::bigint as need_no from lot
    union all
    select programme_id, global_id, need_end, null, need_no from need
),
piece as (
    select programme_id, global_id, position - lag(position, 1, 0::decimal(38, 4)) over along as points,
        first_value(lot_no ignore nulls) over ahead as lot_no, first_value(need_no ignore nulls) over ahead as need_no
    from boundary
    window along as (partition by programme_id, global_id order by position, lot_no nulls last, need_no nulls last),
        ahead as (
            partition by programme_id, global_id order by position, lot_no nulls last, need_no nulls last
            rows between current row and unbounded following
        )
)
select n.event_no, coalesce(p.lot_no, 9000000000000000000) as part_no, 0::bigint as row_no, n.group_no, n.event_id, n.event_id as taking_event_id,
    n.taking_kind, coalesce(l.lot_id, 'ARREARS/' || n.event_id) as lot_id, n.global_id, n.programme_id, (-p.points)::decimal(18, 4) as points
from piece p
join need n on n.programme_id = p.programme_id and n.global_id = p.global_id and n.need_no = p.need_no
left join lot l on l.programme_id = p.programme_id and l.global_id = p.global_id and l.lot_no = p.lot_no
where p.points > 0

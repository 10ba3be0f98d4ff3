-- purpose: leaving units take the member's open lots in the programme's order, or in expiry order; what is beyond the balance goes to arrears
-- reads: lot_departing, lot_held, lot_event, programme
-- writes: lot_take
-- parameters: $by_expiry
-- invariant: units per event = units leaving; no lot gives more than it has; a lot past its last usable day gives only when no other is left;
--   held_no is empty for what goes to arrears; after_points is what the lot, or the arrears, then hold
with member as (
    -- one day decides what is past for all events of a member and group, so that steps and waves change nothing; where the platform's trace or the
    -- pool leaves something to take, what expires first goes first
    select e.member_no, max(e.effective_date) as leaving_on, min(e.programme_id) as programme_id
    from lot_event e
    where e.points < 0 and e.group_no = (select any_value(group_no) from lot_departing)
    group by e.member_no
),
ruled as (
    select m.member_no, m.leaving_on,
        case when $by_expiry or p.lot_policy in ('source_trace', 'weighted_average') then 'expiring_first' else coalesce(p.lot_policy, 'expiring_first') end
            as policy, string_split(coalesce(p.earn_class_sequence, ''), ';') as classes
    from member m
    semi join lot_departing d on d.member_no = m.member_no
    left join programme p on p.programme_id = m.programme_id
),
-- keys of the order, smaller first; lifo turns the days and instants round
open_lot as (
    select h.held_no, h.member_no, h.remaining_points, not $by_expiry and h.expires_on is not null and h.expires_on < r.leaving_on as is_past,
        case when r.policy = 'subtype_sequence' then coalesce(nullif(list_position(r.classes, h.earn_class), 0), 1000) end as class_place,
        case r.policy when 'fifo' then h.earned_on - date '2000-01-01' when 'lifo' then date '2000-01-01' - h.earned_on
            else h.expires_on - date '2000-01-01' end as day_place,
        case when r.policy = 'lifo' then -epoch_us(h.earned_at) else epoch_us(h.earned_at) end as instant_place,
        case when r.policy <> 'lifo' then h.lot_id end as lot_place, case when r.policy = 'lifo' then h.lot_id end as last_lot_place
    from lot_held h
    join ruled r on r.member_no = h.member_no
    where h.remaining_points > 0 and not h.is_arrears
),
lot as (
    select held_no, member_no, sum(remaining_points) over taken as lot_end
    from open_lot
    window taken as (
        partition by member_no
        order by is_past, class_place nulls last, day_place nulls last, instant_place, lot_place nulls last, last_lot_place desc nulls last
        rows unbounded preceding
    )
),
boundary as (
    select member_no, lot_end as position, held_no, null::bigint as event_no from lot
    union all
    select member_no, sum(points) over (partition by member_no order by event_no rows unbounded preceding), null, event_no from lot_departing
),
-- every end is a boundary; the piece that ends there is of the next lot and the next event at or after it, and leaves the lot what is beyond it
piece as (
    select row_number() over along as part_no, position, position - lag(position, 1, 0::decimal(38, 4)) over along as points,
        first_value(held_no ignore nulls) over ahead as held_no,
        first_value(case when held_no is not null then position end ignore nulls) over ahead as lot_end,
        first_value(event_no ignore nulls) over ahead as event_no
    from boundary
    window along as (partition by member_no order by position, held_no is null),
        ahead as (partition by member_no order by position, held_no is null rows between current row and unbounded following)
)
select p.event_no, p.part_no, 0::bigint as row_no, d.group_no, d.event_id, d.event_id as taking_event_id, d.taking_kind, p.held_no,
    (-p.points)::decimal(18, 4) as points, coalesce(p.lot_end - p.position, -p.points) as after_points
from piece p
join lot_departing d on d.event_no = p.event_no
where p.points > 0

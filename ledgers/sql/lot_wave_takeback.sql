-- purpose: accrual reversals that can be taken together: those covered by their own lots, the first that is not, and those after it with nothing left of their own
-- reads: lot_queue, lot_held
-- writes: lot_wave_takeback
-- parameters: none
-- invariant: own_points + other_points = units; of a member nothing else is taken before an event's own lot was tried
with owned as (
    select q.event_no, q.event_id, q.member_no, q.programme_id, q.global_id, q.group_no, q.reverses_event_id, q.units, h.held_no,
        coalesce(h.remaining_points, 0) as own_open,
        sum(q.units) over (partition by q.programme_id, q.global_id, q.reverses_event_id order by q.event_no rows unbounded preceding) as own_claimed
    from lot_queue q
    left join lot_held h
        on h.lot_id = q.reverses_event_id and h.global_id = q.global_id and h.programme_id = q.programme_id
        and h.remaining_points > 0 and not h.is_arrears
),
tried as (
    select *, least(own_claimed, own_open) - least(own_claimed - units, own_open) as own_points from owned
),
uncovered as (
    select programme_id, global_id, min(event_no) as event_no from tried where own_points < units group by programme_id, global_id
),
-- what the covered events and the first uncovered one leave of each own lot
left_over as (
    select t.*, u.event_no as uncovered_no,
        t.own_open - coalesce(
            sum(case when t.event_no <= u.event_no then t.own_points end) over (partition by t.programme_id, t.global_id, t.reverses_event_id), 0
        ) as own_left
    from tried t
    left join uncovered u on u.programme_id = t.programme_id and u.global_id = t.global_id
),
barrier as (
    select programme_id, global_id, min(event_no) as event_no
    from left_over
    where event_no > uncovered_no and own_left > 0
    group by programme_id, global_id
)
select l.event_no, l.event_id, l.member_no, l.group_no, l.held_no,
    case when l.uncovered_no is null or l.event_no <= l.uncovered_no then l.own_points else 0 end::decimal(18, 4) as own_points,
    (l.units - case when l.uncovered_no is null or l.event_no <= l.uncovered_no then l.own_points else 0 end)::decimal(18, 4) as other_points
from left_over l
left join barrier b on b.programme_id = l.programme_id and b.global_id = l.global_id
where b.event_no is null or l.event_no < b.event_no

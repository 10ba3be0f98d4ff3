-- purpose: arriving units enter their lot and first repay the member's arrears, oldest first
-- reads: lot_arriving, lot_held
-- writes: lot_repayment
-- parameters: none
-- invariant: units per event = units delivered; each repayment is one row on the arrears and its negation on the new lot
with debt as (
    select member_no, held_no, substr(lot_id, 9) as taking_event_id, taking_kind, row_number() over oldest as debt_no,
        sum(-remaining_points) over oldest as debt_end
    from lot_held
    where is_arrears and remaining_points < 0
    window oldest as (partition by member_no order by earned_at, lot_id rows unbounded preceding)
),
held as (
    select a.event_no, a.part_no, a.group_no, a.event_id, a.member_no, h.held_no, a.points::decimal(18, 4) as points
    from lot_arriving a
    join lot_held h on h.lot_id = a.lot_id and h.global_id = a.global_id
),
arriving as (
    select a.*, row_number() over sequenced as arrival_no, sum(a.points) over sequenced as arrival_end
    from held a
    semi join debt d on d.member_no = a.member_no
    window sequenced as (partition by a.member_no order by a.event_no, a.part_no rows unbounded preceding)
),
boundary as (
    select member_no, debt_end as position, debt_no, null::bigint as arrival_no from debt
    union all
    select member_no, arrival_end, null, arrival_no from arriving
),
piece as (
    select member_no, position - lag(position, 1, 0::decimal(38, 4)) over along as points,
        first_value(debt_no ignore nulls) over ahead as debt_no, first_value(arrival_no ignore nulls) over ahead as arrival_no
    from boundary
    window along as (partition by member_no order by position, debt_no nulls last, arrival_no nulls last),
        ahead as (
            partition by member_no order by position, debt_no nulls last, arrival_no nulls last rows between current row and unbounded following
        )
),
repaid as (
    select a.event_no, a.part_no, a.group_no, a.event_id, d.taking_event_id, d.taking_kind, p.debt_no, p.points, d.held_no as debt_held, a.held_no
    from piece p
    join arriving a on a.member_no = p.member_no and a.arrival_no = p.arrival_no
    join debt d on d.member_no = p.member_no and d.debt_no = p.debt_no
    where p.points > 0
)
select event_no, part_no, 0::bigint as row_no, group_no, event_id, null::varchar as taking_event_id, null::varchar as taking_kind, held_no, points
from held
union all
select event_no, part_no, 2 * debt_no - 1, group_no, event_id, taking_event_id, taking_kind, debt_held, points::decimal(18, 4)
from repaid
union all
select event_no, part_no, 2 * debt_no, group_no, event_id, taking_event_id, taking_kind, held_no, (-points)::decimal(18, 4)
from repaid

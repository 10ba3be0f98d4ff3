-- purpose: arriving units enter their lot and first repay the member's arrears, oldest first
-- reads: lot_arriving, lot_held
-- writes: lot_repayment
-- parameters: none
-- invariant: units per event = units delivered; each repayment is one row on the arrears and its negation on the new lot
with debt as (
    select programme_id, global_id, lot_id, substr(lot_id, 9) as taking_event_id, taking_kind,
        row_number() over oldest as debt_no, sum(-remaining_points) over oldest as debt_end
    from lot_held
    where is_arrears and remaining_points < 0
    window oldest as (partition by programme_id, global_id order by earned_at, lot_id rows unbounded preceding)
),
arriving as (
    select a.programme_id, a.global_id, row_number() over sequenced as arrival_no, sum(a.points) over sequenced as arrival_end,
        a.event_no, a.group_no, a.event_id, a.part_no, a.lot_id
    from lot_arriving a
    semi join debt d on d.programme_id = a.programme_id and d.global_id = a.global_id
    window sequenced as (partition by a.programme_id, a.global_id order by a.event_no, a.part_no rows unbounded preceding)
),
boundary as (
    select programme_id, global_id, debt_end as position, debt_no, null::bigint as arrival_no from debt
    union all
    select programme_id, global_id, arrival_end, null, arrival_no from arriving
),
piece as (
    select programme_id, global_id, position - lag(position, 1, 0::decimal(38, 4)) over along as points,
        first_value(debt_no ignore nulls) over ahead as debt_no, first_value(arrival_no ignore nulls) over ahead as arrival_no
    from boundary
    window along as (partition by programme_id, global_id order by position, debt_no nulls last, arrival_no nulls last),
        ahead as (
            partition by programme_id, global_id order by position, debt_no nulls last, arrival_no nulls last
            rows between current row and unbounded following
        )
),
repaid as (
    select a.event_no, a.group_no, a.event_id, a.part_no, a.lot_id, a.global_id, a.programme_id, p.debt_no, p.points,
        d.lot_id as arrears_id, d.taking_event_id, d.taking_kind
    from piece p
    join arriving a on a.programme_id = p.programme_id and a.global_id = p.global_id and a.arrival_no = p.arrival_no
    join debt d on d.programme_id = p.programme_id and d.global_id = p.global_id and d.debt_no = p.debt_no
    where p.points > 0
)
select event_no, part_no, 0::bigint as row_no, group_no, event_id, null::varchar as taking_event_id, null::varchar as taking_kind,
    lot_id, global_id, programme_id, points::decimal(18, 4) as points
from lot_arriving
union all
select event_no, part_no, 2 * debt_no - 1, group_no, event_id, taking_event_id, taking_kind, arrears_id, global_id, programme_id, points
from repaid
union all
select event_no, part_no, 2 * debt_no, group_no, event_id, taking_event_id, taking_kind, lot_id, global_id, programme_id, -points
from repaid

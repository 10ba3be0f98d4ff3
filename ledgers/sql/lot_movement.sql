-- purpose: every change of a lot's open units today, in the order it happened, with the change of open deferral
-- reads: lot_moved, lot_held
-- writes: lot_movement
-- parameters: none
-- invariant: deferral of x open units = x times deferral per unit, rounded once to 12 places, so changes add up exactly whatever their order
with described as (
    select row_number() over (order by m.step_no, m.event_no, m.part_no, m.row_no, m.lot_id, m.global_id) as sequence,
        m.group_no, m.event_id, m.taking_event_id, m.taking_kind, m.lot_id, m.global_id, m.programme_id, m.points, m.expires_on,
        h.currency, h.earn_class, h.cohort, h.opening_points, h.points as lot_points, h.deferral as lot_deferral
    from lot_moved m
    join lot_held h on h.lot_id = m.lot_id and h.global_id = m.global_id
),
running as (
    select *, opening_points + sum(points) over (partition by lot_id, global_id order by sequence rows unbounded preceding) as after_points
    from described
),
-- a whole lot and an empty one need no division, and most lots are opened and emptied whole
valued as (
    select *,
        case when lot_deferral = 0 or lot_points = 0 or after_points = 0 then 0::hugeint
            when after_points = lot_points then units12(lot_deferral)
            else div_half_up(units12(lot_deferral) * units4(after_points), units4(lot_points)) end as after_deferral,
        case when lot_deferral = 0 or lot_points = 0 or after_points = points then 0::hugeint
            when after_points - points = lot_points then units12(lot_deferral)
            else div_half_up(units12(lot_deferral) * units4(after_points - points), units4(lot_points)) end as before_deferral
    from running
)
select sequence, group_no, event_id, taking_event_id, taking_kind, lot_id, global_id, programme_id, currency, earn_class, cohort, points,
    from_units12(after_deferral - before_deferral) as deferral, expires_on
from valued

-- purpose: every change of a lot's open units today, in the order it happened, with the change of open deferral
-- reads: lot_moved, lot_held
-- writes: lot_movement
-- parameters: none
-- invariant: deferral of x open units = x times deferral per unit, rounded once to 12 places, so changes add up exactly whatever their order
with counted as (
    select m.sequence, m.group_no, m.event_id, m.taking_event_id, m.taking_kind, h.lot_id, h.global_id, h.programme_id, h.currency, h.earn_class, h.cohort,
        m.points, m.expires_on, h.deferral_units, quick_units4(h.points) as lot_units, quick_units4(m.after_points) as after_units,
        quick_units4(m.after_points - m.points) as before_units
    from lot_moved m
    join lot_held h on h.held_no = m.held_no
),
valued as (
    select *,
        -- a whole lot and an empty one need no division, and most lots are opened and emptied whole
        case when deferral_units = 0 or after_units = 0 then 0::hugeint when after_units = lot_units then deferral_units
            else quick_share(deferral_units, after_units, lot_units) end as after_deferral,
        case when deferral_units = 0 or before_units = 0 then 0::hugeint when before_units = lot_units then deferral_units
            else quick_share(deferral_units, before_units, lot_units) end as before_deferral
    from counted
)
select sequence, group_no, event_id, taking_event_id, taking_kind, lot_id, global_id, programme_id, currency, earn_class, cohort, points,
    from_units12(after_deferral - before_deferral) as deferral, expires_on
from valued
union all
-- lots opened whole by their own event
select own_sequence, case origin when 'accrual' then 1 else 3 end, lot_id, null, null, lot_id, global_id, programme_id, currency, earn_class, cohort, points,
    from_units12(deferral_units), null
from lot_held
where own_sequence is not null

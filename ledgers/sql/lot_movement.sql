-- purpose: every change of a lot's open units today, in the order it happened, with the change of open deferral
-- reads: lot_moved, lot_held
-- writes: lot_movement
-- parameters: none
-- invariant: deferral of x open units = x times deferral per unit, rounded once to 12 places, so changes add up exactly whatever their order
with valued as (
    select m.sequence, m.group_no, m.event_id, m.taking_event_id, m.taking_kind, h.lot_id, h.global_id, h.programme_id, h.currency, h.earn_class, h.cohort,
        m.points, m.expires_on,
        -- a whole lot and an empty one need no division, and most lots are opened and emptied whole
        case when h.deferral_units = 0 or m.after_points = 0 then 0::hugeint
            when m.after_points = h.points then h.deferral_units
            else div_half_up(h.deferral_units * quick_units4(m.after_points), quick_units4(h.points)) end as after_deferral,
        case when h.deferral_units = 0 or m.after_points = m.points then 0::hugeint
            when m.after_points - m.points = h.points then h.deferral_units
            else div_half_up(h.deferral_units * quick_units4(m.after_points - m.points), quick_units4(h.points)) end as before_deferral
    from lot_moved m
    join lot_held h on h.held_no = m.held_no
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

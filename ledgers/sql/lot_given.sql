-- purpose: parts of lots given by this wave's transfers, with the deferral they carry; read before the takings are recorded
-- reads: lot_taking, lot_wave_transfer, lot_held
-- writes: lot_given
-- parameters: $as_of_date
-- invariant: deferral = the giver's deferral before less after, as the giver's movement will show it
with taken as (
    select t.*, w.transfer_id, h.lot_id, h.global_id, h.programme_id, h.currency, h.earn_class, h.funded_by, h.earned_on, h.earned_at, h.expires_on, h.cost_per_point, h.cohort,
        h.points as lot_points, h.deferral_units as lot_deferral,
        h.remaining_points + sum(t.points) over (partition by t.held_no order by t.event_no, t.part_no rows unbounded preceding) as after_points
    from lot_taking t
    join lot_wave_transfer w on w.event_no = t.event_no
    join lot_held h on h.held_no = t.held_no
    where w.transfer_id is not null and not h.is_arrears
)
select programme_id, transfer_id, $as_of_date as given_on, event_no, part_no, lot_id, global_id as giver_id, currency, earn_class, funded_by, earned_on,
    earned_at, expires_on, cost_per_point, cohort, (-points)::decimal(18, 4) as points,
    case when lot_deferral = 0 then 0::decimal(38, 12)
        else from_units12(
            quick_share(lot_deferral, quick_units4(after_points - points), quick_units4(lot_points))
            - quick_share(lot_deferral, quick_units4(after_points), quick_units4(lot_points))
        ) end as deferral
from taken

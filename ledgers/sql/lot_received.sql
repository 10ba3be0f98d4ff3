-- purpose: what the receiving legs of this wave get: the given parts, keeping everything frozen at issue; units beyond them open a service lot
-- reads: lot_wave_transfer, lot_transfer_claim, lot_transfer_part, lot_other_template
-- writes: lot_received
-- parameters: none
-- invariant: units per leg = units delivered; a part's deferral splits by differences of cumulative rounded shares
with part as (
    select *, row_number() over given as place_no, sum(points) over given as part_end, sum(points) over given - points as part_start
    from lot_transfer_part
    window given as (partition by programme_id, transfer_id order by given_on, event_no, part_no, lot_id, giver_id rows unbounded preceding)
),
piece as (
    select w.event_no, w.event_id, w.group_no, w.member_no, w.global_id as receiver_id, p.*,
        greatest(c.claim_start, p.part_start) - p.part_start as piece_start, least(c.claim_end, p.part_end) - p.part_start as piece_end
    from lot_wave_transfer w
    join lot_transfer_claim c on c.event_no = w.event_no
    join part p
        on p.programme_id = c.programme_id and p.transfer_id = c.transfer_id and p.part_start < c.claim_end and c.claim_start < p.part_end
    where not w.is_out
),
received as (
    select event_no, event_id, group_no, place_no as part_no, lot_id, member_no, receiver_id as global_id, programme_id, currency, earn_class, funded_by, earned_on,
        earned_at, expires_on, cost_per_point, cohort, (piece_end - piece_start)::decimal(18, 4) as points,
        quick_share(units12(deferral), units4(piece_end), units4(points)) - quick_share(units12(deferral), units4(piece_start), units4(points))
            as deferral_units
    from piece
),
covered as (
    select event_no, sum(points) as points from received group by event_no
)
select event_no, event_id, group_no, part_no, lot_id, member_no, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on,
    cost_per_point, cohort, points, deferral_units, 'transfer' as origin, false as is_arrears, null::varchar as taking_kind
from received
union all
select w.event_no, w.event_id, w.group_no, 9000000000000000000, t.lot_id, t.member_no, t.global_id, t.programme_id, t.currency, t.earn_class, t.funded_by,
    t.earned_on, t.earned_at, t.expires_on, t.cost_per_point, t.cohort, (w.units - coalesce(c.points, 0))::decimal(18, 4), 0, t.origin, false, null
from lot_wave_transfer w
join lot_other_template t on t.event_no = w.event_no
left join covered c on c.event_no = w.event_no
where not w.is_out and w.units > coalesce(c.points, 0)

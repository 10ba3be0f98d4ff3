-- purpose: source_trace: redemptions take from the lots the platform names, as far as the member holds them and the redemption has units
-- reads: lot_departing, lot_held, lot_event, lot_trace, programme
-- writes: lot_traced_take
-- parameters: $as_of_date
-- invariant: never more than the redemption's units nor than the lot holds; what cannot be followed is left to the order of expiry
with traced as (
    select t.redemption_event_id, t.accrual_event_id, sum(t.points) as points
    from lot_trace t
    where t.business_date <= $as_of_date and t.points > 0
    group by t.redemption_event_id, t.accrual_event_id
),
named as (
    select d.event_no, d.event_id, d.group_no, d.taking_kind, d.member_no, d.points as units, t.accrual_event_id as lot_id,
        t.points as line_points, sum(t.points) over (partition by d.event_no order by t.accrual_event_id rows unbounded preceding) as line_end
    from lot_departing d
    join lot_event e on e.event_no = d.event_no
    join programme p on p.programme_id = e.programme_id and p.lot_policy = 'source_trace'
    join traced t on t.redemption_event_id = d.event_id
    where e.group_no = 5
),
wanted as (
    select *, least(line_end, units) - least(line_end - line_points, units) as points from named
),
claimed as (
    select w.*, h.held_no, h.remaining_points, sum(w.points) over (partition by h.held_no order by w.event_no rows unbounded preceding) as claim_end
    from wanted w
    join lot_held h on h.lot_id = w.lot_id and h.member_no = w.member_no
    where h.remaining_points > 0 and not h.is_arrears and w.points > 0
),
given as (
    select *, least(claim_end, remaining_points) - least(claim_end - points, remaining_points) as given_points from claimed
)
select event_no, row_number() over (partition by event_no order by lot_id) - 1000000000 as part_no, 0::bigint as row_no, group_no, event_id,
    event_id as taking_event_id, taking_kind, held_no, (-given_points)::decimal(18, 4) as points
from given
where given_points > 0

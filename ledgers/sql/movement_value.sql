-- purpose: what each lot movement of today is worth: its own deferral, its share of the release and cost of its group, its share of the event's face money
-- reads: classed_movement, cohort_step, loyalty_event
-- writes: movement_value
-- parameters: $as_of_date
-- invariant: shares of a group add up to the group's change exactly; face shares of an event add up to its face money
with
release as (
    select company_id, programme_id, currency, earn_class, cohort, group_no, movement_class, units4(sum(amount)) as amount_units,
           units4(sum(face_amount)) as face_units
    from cohort_step where part = 'release' group by all
),
releasing as (
    -- takings only: an issue releases nothing, unless the points are another issuer's, whose every class releases its own
    select m.sequence, r.amount_units, r.face_units, -units12(m.deferral) as weight,
           case when m.figure = 'redeemed' or m.is_granted then -units12(m.deferral) else 0::hugeint end as face_weight,
           m.company_id, m.programme_id, m.currency, m.earn_class, m.cohort, m.group_no, r.movement_class
    from classed_movement m
    join release r on r.company_id = m.company_id and r.programme_id = m.programme_id and r.currency = m.currency
        and r.earn_class = m.earn_class and r.cohort = m.cohort and r.group_no = m.group_no
        and (not m.is_granted or r.movement_class = m.movement_class)
    where (m.figure = 'issued') = m.is_granted and m.deferral <> 0
),
release_placed as (
    select sequence, amount_units, face_units, weight, face_weight, sum(weight) over so_far as after, sum(weight) over in_all as whole,
           sum(face_weight) over so_far as face_after, sum(face_weight) over in_all as face_whole
    from releasing
    window in_all as (partition by company_id, programme_id, currency, earn_class, cohort, group_no, movement_class),
           so_far as (in_all order by sequence rows unbounded preceding)
),
release_scaled as (
    -- beyond ten thousand million units of money the weights keep 8 places, beyond a million million 4, so that products stay within 38 digits
    select sequence, amount_units, face_units, after // scale as after, (after - weight) // scale as before, whole // scale as whole,
           face_after // scale as face_after, (face_after - face_weight) // scale as face_before, face_whole // scale as face_whole
    from (select *, fewer_digits(whole) as scale from release_placed)
),
release_share as (
    select sequence,
           case when whole = 0 then 0
                else from_units4(div_half_up(amount_units * after, whole) - div_half_up(amount_units * before, whole)) end as released_amount,
           case when face_whole = 0 then 0
                else from_units4(div_half_up(face_units * face_after, face_whole) - div_half_up(face_units * face_before, face_whole))
                end as face_part_amount
    from release_scaled
),
cost as (
    select company_id, programme_id, currency, earn_class, cohort, group_no, movement_class, units4(sum(amount)) as amount_units
    from cohort_step where part = 'cost' group by all
),
cost_placed as (
    select m.sequence, c.amount_units, units4(m.points) as weight, sum(units4(m.points)) over so_far as after, sum(units4(m.points)) over in_all as whole
    from classed_movement m
    join cost c on c.company_id = m.company_id and c.programme_id = m.programme_id and c.currency = m.currency
        and c.earn_class = m.earn_class and c.cohort = m.cohort and c.group_no = m.group_no and c.movement_class = m.movement_class
    window in_all as (partition by m.company_id, m.programme_id, m.currency, m.earn_class, m.cohort, m.group_no, m.movement_class),
           so_far as (in_all order by m.sequence rows unbounded preceding)
),
cost_share as (
    select sequence,
           case when whole = 0 then 0
                else from_units4(div_half_up(amount_units * after, whole) - div_half_up(amount_units * (after - weight), whole)) end as cost_amount
    from cost_placed
),
priced_event as (
    select event_id, points, case when points < 0 then -face_amount else face_amount end as face_amount
    from loyalty_event where business_date = $as_of_date
),
split_event as (
    select event_id from classed_movement group by event_id having count(*) > 1
),
face_placed as (
    select m.sequence, units4(e.face_amount) as amount_units, units4(m.points) as weight, units4(e.points) as whole,
           sum(units4(m.points)) over (partition by m.event_id order by m.sequence rows unbounded preceding) as after
    from classed_movement m
    join split_event on split_event.event_id = m.event_id
    join priced_event e on e.event_id = m.event_id
),
face_share as (
    select sequence,
           case when whole = 0 then 0
                else from_units4(div_half_up(amount_units * after, whole) - div_half_up(amount_units * (after - weight), whole)) end as face_amount
    from face_placed
)
select m.sequence, m.group_no, m.event_id, m.taking_event_id, m.taking_kind, m.lot_id, m.global_id, m.company_id, m.programme_id, m.currency,
       m.earn_class, m.cohort, m.points, m.movement_class, m.figure, m.is_granted, m.effective_date,
       case when m.figure = 'issued' then m.deferral else 0 end as issued_deferral, coalesce(r.released_amount, 0) as released_amount,
       coalesce(r.face_part_amount, 0) as face_part_amount, coalesce(c.cost_amount, 0) as cost_amount,
       case when f.sequence is not null then f.face_amount when m.points = e.points then e.face_amount else 0 end as face_amount
from classed_movement m
left join priced_event e on e.event_id = m.event_id
left join release_share r on r.sequence = m.sequence
left join cost_share c on c.sequence = m.sequence
left join face_share f on f.sequence = m.sequence

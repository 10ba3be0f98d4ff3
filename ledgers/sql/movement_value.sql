-- purpose: what each lot movement of today is worth: its own deferral, its share of the release and cost of its group, its share of the event's face money
-- reads: classed_movement, cohort_step, loyalty_event
-- writes: movement_value
-- parameters: $as_of_date
-- invariant: shares of a group add up to the group's change exactly; face shares of an event add up to its face money
with
priced_event as (
    select event_id, units4(points) as whole, case when points < 0 then -face_amount else face_amount end as face_amount
    from loyalty_event where business_date = $as_of_date
),
release as (
    select company_id, programme_id, currency, earn_class, cohort, group_no, sum(amount) as amount, sum(face_amount) as face_amount
    from cohort_step where part = 'release' group by all
),
cost as (
    select company_id, programme_id, currency, earn_class, cohort, group_no, movement_class, sum(amount) as amount
    from cohort_step where part = 'cost' group by all
),
weighed as (
    select *,
           case when figure = 'issued' then 0::hugeint else -units12(deferral) end as release_weight,
           case when figure = 'redeemed' then -units12(deferral) else 0::hugeint end as face_weight,
           units4(points) as unit_weight
    from classed_movement
),
placed as (
    select *,
           sum(release_weight) over in_group as release_after, sum(release_weight) over whole_group as release_whole,
           sum(face_weight) over in_group as face_after, sum(face_weight) over whole_group as face_whole,
           sum(unit_weight) over in_class as cost_after, sum(unit_weight) over whole_class as cost_whole,
           sum(unit_weight) over (partition by event_id order by sequence rows unbounded preceding) as units_after
    from weighed
    window in_group as (partition by company_id, programme_id, currency, earn_class, cohort, group_no order by sequence rows unbounded preceding),
           whole_group as (partition by company_id, programme_id, currency, earn_class, cohort, group_no),
           in_class as (partition by company_id, programme_id, currency, earn_class, cohort, group_no, movement_class order by sequence rows unbounded preceding),
           whole_class as (partition by company_id, programme_id, currency, earn_class, cohort, group_no, movement_class)
)
select m.sequence, m.group_no, m.event_id, m.taking_event_id, m.taking_kind, m.lot_id, m.global_id, m.company_id, m.programme_id, m.currency,
       m.earn_class, m.cohort, m.points, m.movement_class, m.figure, m.effective_date,
       case when m.figure = 'issued' then m.deferral else 0 end as issued_deferral,
       share_of(coalesce(r.amount, 0), m.release_after, m.release_whole)
           - share_of(coalesce(r.amount, 0), m.release_after - m.release_weight, m.release_whole) as released_amount,
       share_of(coalesce(r.face_amount, 0), m.face_after, m.face_whole)
           - share_of(coalesce(r.face_amount, 0), m.face_after - m.face_weight, m.face_whole) as face_part_amount,
       share_of(coalesce(c.amount, 0), m.cost_after, m.cost_whole)
           - share_of(coalesce(c.amount, 0), m.cost_after - m.unit_weight, m.cost_whole) as cost_amount,
       share_of(coalesce(e.face_amount, 0), m.units_after, coalesce(e.whole, 0))
           - share_of(coalesce(e.face_amount, 0), m.units_after - m.unit_weight, coalesce(e.whole, 0)) as face_amount
from placed m
left join priced_event e on e.event_id = m.event_id
left join release r on r.company_id = m.company_id and r.programme_id = m.programme_id and r.currency = m.currency
    and r.earn_class = m.earn_class and r.cohort = m.cohort and r.group_no = m.group_no
left join cost c on c.company_id = m.company_id and c.programme_id = m.programme_id and c.currency = m.currency
    and c.earn_class = m.earn_class and c.cohort = m.cohort and c.group_no = m.group_no and c.movement_class = m.movement_class

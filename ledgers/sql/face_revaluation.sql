-- purpose: what a changed value per point does to the face money of open units, per cohort: to the opening, and to late units that come in at an older value
-- reads: prior_roll_forward, programme, programme_value, movement_value, loyalty_event
-- writes: face_revaluation
-- parameters: $as_of_date
-- invariant: no row while the value per point stands and no late unit carries another one
with
last_close as (
    select max(business_date) as day from prior_roll_forward
),
value_then_and_now as (
    select p.programme_id, p.value_places, p.value_mode, n.value as now, t.value as before
    from programme p
    join programme_value n on n.programme_id = p.programme_id and n.parameter = 'value_per_point' and $as_of_date between n.effective_from and n.effective_to
    left join programme_value t on t.programme_id = p.programme_id and t.parameter = 'value_per_point'
        and (select day from last_close) between t.effective_from and t.effective_to
),
of_opening as (
    select r.company_id, r.programme_id, r.currency, r.earn_class, r.cohort,
           value_rounded(units4(r.closing_points) * units12(v.now), 16, v.value_places, v.value_mode)
               - value_rounded(units4(r.closing_points) * units12(v.before), 16, v.value_places, v.value_mode) as amount
    from prior_roll_forward r
    join value_then_and_now v on v.programme_id = r.programme_id
    where r.business_date = (select day from last_close) and r.measure = 'face' and v.now <> v.before
),
of_late_units as (
    select m.company_id, m.programme_id, m.currency, m.earn_class, m.cohort,
           value_rounded(units4(m.points) * units12(v.now), 16, v.value_places, v.value_mode) - m.face_amount as amount
    from movement_value m
    join loyalty_event e on e.event_id = m.event_id and e.business_date = $as_of_date
    join value_then_and_now v on v.programme_id = m.programme_id
    where e.value_per_point <> v.now
)
select company_id, programme_id, currency, earn_class, cohort, sum(amount) as amount
from (select * from of_opening union all select * from of_late_units)
group by all having sum(amount) <> 0

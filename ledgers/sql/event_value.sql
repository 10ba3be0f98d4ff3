-- purpose: what each loyalty event of today is worth in each measure, owed +, and our own entries without an event
-- reads: loyalty_event, movement_value, cohort_step, face_revaluation, programme
-- writes: event_value
-- parameters: $as_of_date
-- invariant: one row per event of today; a re-estimate is never hidden in an event
with
worth as (
    select event_id, sum(issued_deferral) - sum(case when group_no in (2, 5, 8) or is_granted then released_amount else 0 end) as deferred,
           sum(cost_amount) as cost
    from movement_value group by all
),
re_estimate as (
    select company_id, programme_id, currency, earn_class, cohort, 0::decimal(38, 4) as face_amount, -amount as deferred_amount
    from cohort_step where part = 'release' and movement_class = 're_estimated'
    union all
    select company_id, programme_id, currency, earn_class, cohort, amount, 0 from face_revaluation
)
select e.event_id, e.programme_id, e.global_id, e.kind, e.effective_date, coalesce(nullif(e.currency, ''), p.currency) as currency, e.points,
       case when e.points < 0 then -e.face_amount else e.face_amount end as face_amount,
       case
           when w.deferred is null or w.deferred = 0 then 0::decimal(38, 4)
           when p.value_places = 4 and p.value_mode = 'half_up' then w.deferred::decimal(38, 4)
           else value_rounded(units12(w.deferred), 12, p.value_places, p.value_mode)
       end as deferred_amount,
       coalesce(w.cost, 0)::decimal(38, 4) as cost_amount
from loyalty_event e
join programme p on p.programme_id = e.programme_id
left join worth w on w.event_id = e.event_id
where e.business_date = $as_of_date
union all
select sha(concat_ws('|', $as_of_date::date::varchar, company_id, '', programme_id, 're_estimate', cohort, earn_class, currency)),
       programme_id, '', 're_estimate', $as_of_date,
       currency, 0, sum(face_amount), sum(deferred_amount), 0
from re_estimate
group by company_id, programme_id, currency, earn_class, cohort
having sum(face_amount) <> 0 or sum(deferred_amount) <> 0

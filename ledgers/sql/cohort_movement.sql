-- purpose: change of a cohort's rounded figures by each group of today, group 0 being the new rate at the opening
-- reads: cohort_step
-- writes: cohort_movement
-- parameters: none
-- invariant: opening + sum over the groups = closing, for D, release to date and cost owed
select company_id, programme_id, currency, earn_class, cohort, group_no,
       coalesce(sum(amount) filter (part = 'issue'), 0) as issued_amount,
       coalesce(sum(amount) filter (part = 'release'), 0) as released_amount,
       coalesce(sum(face_amount) filter (part = 'release'), 0) as face_released_amount,
       coalesce(sum(amount) filter (part = 'cost'), 0) as cost_amount
from cohort_step
group by all

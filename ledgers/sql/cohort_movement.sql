-- purpose: change of a cohort's rounded figures by each group of today, group 0 being the new rate at the opening, and what each release was taken from
-- reads: cohort_step
-- writes: cohort_movement
-- parameters: none
-- invariant: opening + sum over the groups = closing, for D, release to date and cost owed
select company_id, programme_id, currency, earn_class, cohort, group_no,
       coalesce(sum(amount) filter (part = 'issue'), 0) as issued_amount,
       coalesce(sum(amount) filter (part = 'release'), 0) as released_amount,
       coalesce(sum(face_amount) filter (part = 'release'), 0) as face_released_amount,
       coalesce(sum(amount) filter (part = 'cost'), 0) as cost_amount,
       max(urr) as urr, max(issued_deferral) as issued_deferral, max(redeemed_deferral) as redeemed_deferral, max(expired_deferral) as expired_deferral,
       max(expected_deferral) as expected_deferral, max(exact_released) as exact_released, max(released_before_amount) as released_before_amount
from cohort_step
group by all

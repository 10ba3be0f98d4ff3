-- purpose: what each group and class of movements brings to each cohort today: the small frame the release formula walks over
-- reads: classed_movement
-- writes: cohort_change
-- parameters: none
-- invariant: sums over all rows equal the sums of today's lot movements
select company_id, programme_id, currency, earn_class, cohort, group_no, movement_class,
       coalesce(sum(points) filter (figure = 'issued'), 0) as issued_points,
       coalesce(-sum(points) filter (figure = 'redeemed'), 0) as redeemed_points,
       coalesce(-sum(points) filter (figure = 'expired'), 0) as expired_points,
       coalesce(sum(deferral) filter (figure = 'issued'), 0) as issued_deferral,
       coalesce(-sum(deferral) filter (figure = 'redeemed'), 0) as redeemed_deferral,
       coalesce(-sum(deferral) filter (figure = 'expired'), 0) as expired_deferral
from classed_movement
group by all

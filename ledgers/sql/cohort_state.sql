-- purpose: where each cohort stands at the close: the walked ones as walked, the others as they stood
-- reads: cohort_rate, cohort_walked
-- writes: cohort_state
-- parameters: none
-- invariant: one row per cohort; open units = issued less taken out - redeemed - expired
select r.company_id, r.programme_id, r.currency, r.earn_class, r.cohort,
       coalesce(w.issued_points, r.issued_points) as issued_points,
       coalesce(w.redeemed_points, r.redeemed_points) as redeemed_points,
       coalesce(w.expired_points, r.expired_points) as expired_points,
       coalesce(w.issued_points - w.redeemed_points - w.expired_points, r.issued_points - r.redeemed_points - r.expired_points) as open_points,
       coalesce(w.issued_deferral, r.issued_deferral) as issued_deferral,
       coalesce(w.redeemed_deferral, r.redeemed_deferral) as redeemed_deferral,
       coalesce(w.expired_deferral, r.expired_deferral) as expired_deferral,
       r.urr,
       coalesce(w.issued_amount, r.issued_amount) as issued_amount,
       coalesce(w.released_amount, r.released_amount) as released_amount,
       coalesce(w.cost_owed_amount, r.cost_owed_amount) as cost_owed_amount, null as functional_amount
from cohort_rate r
left join cohort_walked w on w.company_id = r.company_id and w.programme_id = r.programme_id
    and w.currency = r.currency and w.earn_class = r.earn_class and w.cohort = r.cohort

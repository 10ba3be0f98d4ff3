-- purpose: every cohort that exists at the opening or is touched today, with its figures at the last close and the terms in force today
-- reads: prior_cohort_state, classed_movement, programme, programme_value, urr_version
-- writes: cohort_rate
-- parameters: $as_of_date
-- invariant: one row per cohort; of the rates in force one naming the cohort beats one naming the earn class beats neither, then the latest
with
opening as (
    select * from prior_cohort_state where business_date = (select max(business_date) from prior_cohort_state)
),
touched as (
    select distinct company_id, programme_id, currency, earn_class, cohort from classed_movement
),
cohorts as (
    select company_id, programme_id, currency, earn_class, cohort from opening
    union
    select company_id, programme_id, currency, earn_class, cohort from touched
),
approved as (
    select c.company_id, c.programme_id, c.currency, c.earn_class, c.cohort, u.rate,
           row_number() over (
               partition by c.company_id, c.programme_id, c.currency, c.earn_class, c.cohort
               order by (coalesce(u.cohort, '') <> '') desc, (coalesce(u.earn_class, '') <> '' and coalesce(u.cohort, '') = '') desc, u.effective desc,
                        (coalesce(u.earn_class, '') <> '') desc, u.rate
           ) as choice
    from cohorts c
    join urr_version u on u.programme_id = c.programme_id and u.effective <= $as_of_date
        and coalesce(u.cohort, '') in ('', c.cohort) and coalesce(u.earn_class, '') in ('', c.earn_class)
),
at_issue as (
    select c.company_id, c.programme_id, c.currency, c.earn_class, c.cohort, v.value as rate
    from cohorts c
    join programme_value v on v.programme_id = c.programme_id and v.parameter = 'urr_for_ssp'
        and coalesce(try_cast(c.cohort || '-01' as date), $as_of_date) between v.effective_from and v.effective_to
)
select c.company_id, c.programme_id, c.currency, c.earn_class, c.cohort,
       coalesce(o.issued_points, 0) as issued_points, coalesce(o.redeemed_points, 0) as redeemed_points, coalesce(o.expired_points, 0) as expired_points,
       coalesce(o.issued_deferral, 0) as issued_deferral, coalesce(o.redeemed_deferral, 0) as redeemed_deferral,
       coalesce(o.expired_deferral, 0) as expired_deferral, coalesce(o.issued_amount, 0) as issued_amount,
       coalesce(o.released_amount, 0) as released_amount, coalesce(o.cost_owed_amount, 0) as cost_owed_amount,
       coalesce(a.rate, s.rate, o.urr, 0) as urr, case when p.issuer <> 'own' then 'granted' else coalesce(p.breakage, 'proportional') end as breakage, coalesce(p.minor_unit, 2) as minor_unit,
       case when p.free_points = 'accrue_cost' and p.issuer = 'own' and c.earn_class in ('bonus', 'service') then coalesce(p.cost_per_point, 0) else 0 end as cost_per_point,
       t.cohort is not null or o.urr is null or o.urr <> coalesce(a.rate, s.rate, o.urr, 0) as is_moving
from cohorts c
left join opening o on o.company_id = c.company_id and o.programme_id = c.programme_id
    and o.currency = c.currency and o.earn_class = c.earn_class and o.cohort = c.cohort
left join touched t on t.company_id = c.company_id and t.programme_id = c.programme_id
    and t.currency = c.currency and t.earn_class = c.earn_class and t.cohort = c.cohort
left join approved a on a.company_id = c.company_id and a.programme_id = c.programme_id and a.currency = c.currency
    and a.earn_class = c.earn_class and a.cohort = c.cohort and a.choice = 1
left join at_issue s on s.company_id = c.company_id and s.programme_id = c.programme_id and s.currency = c.currency
    and s.earn_class = c.earn_class and s.cohort = c.cohort
left join programme p on p.programme_id = c.programme_id

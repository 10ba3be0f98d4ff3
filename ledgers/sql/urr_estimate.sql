-- purpose: the approved rate each cohort was closed with, and what it expects
-- reads: cohort_state
-- writes: urr_estimate
-- parameters: none
-- invariant: ultimate units = max(redeemed, min(rate x issued, issued - expired)); never fewer than redeemed
with
expected as (
    select *, from_units4(div_half_up(units4(issued_points) * units12(urr), 1000000000000::hugeint)) as at_rate, issued_points - expired_points as usable
    from cohort_state where cohort <> ''
),
bounded as (
    select *, greatest(redeemed_points, least(at_rate, usable)) as ultimate_points from expected
)
select programme_id, currency, earn_class, cohort, 'in_force' as method, sum(issued_points) as issued_points, sum(redeemed_points) as redeemed_points,
       sum(ultimate_points) as ultimate_points,
       case
           when sum(issued_points) = 0 or bool_and(ultimate_points = at_rate) then max(urr)
           else from_units12(div_half_up(units4(sum(ultimate_points)) * 1000000000000::hugeint, units4(sum(issued_points))))
       end as urr,
       sum(issued_amount) - sum(released_amount) as liability_amount
from bounded
group by programme_id, currency, earn_class, cohort

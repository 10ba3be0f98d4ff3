-- purpose: closing balances of the day as the loyalty platform states them, in points and in money at the face value of the day
-- reads: loyalty_balance, programme, programme_value
-- writes: balance_events_stated
-- parameters: $as_of_date
-- invariant: one row per programme, member and currency
with valuing as (
    select
        p.programme_id, p.currency, units12(coalesce(v.value, 0)) as value_units, power_of_ten(16 - coalesce(p.value_places, 4)) as value_step,
        power_of_ten(4 - coalesce(p.value_places, 4)) as place_step, coalesce(p.value_mode, 'half_up') as value_mode
    from programme as p
    left join programme_value as v
        on v.programme_id = p.programme_id and v.parameter = 'value_per_point' and $as_of_date between v.effective_from and v.effective_to
),
faced as (
    select
        b.programme_id, b.global_id, coalesce(b.currency, v.currency) as currency, b.points,
        case
            when b.amount is not null then b.amount
            when v.programme_id is null then 0
            else face_value(b.points, v.value_units, v.value_step, v.place_step, v.value_mode)
        end as amount
    from loyalty_balance as b
    left join valuing as v on v.programme_id = b.programme_id
    where b.as_of_date = $as_of_date
)
select programme_id, global_id, currency, sum(points) as points, sum(amount) as amount from faced group by programme_id, global_id, currency

-- purpose: closing balances of the day as the loyalty platform states them, in points and in money at the face value of the day
-- reads: loyalty_balance, programme, programme_value
-- writes: balance_events_stated
-- parameters: $as_of_date
-- invariant: one row per programme, member and currency; of a row delivered again the latest stands
with delivered as (select *, hash(programme_id, member_id, currency) as key_hash from loyalty_balance where as_of_date = $as_of_date),
again as (select key_hash from delivered group by key_hash having count(*) > 1),
latest as (
    -- only what may have been delivered again need be put in order
    select * from delivered where key_hash not in (select key_hash from again)
    union all
    select * from delivered where key_hash in (select key_hash from again)
    qualify row_number() over (partition by programme_id, member_id, currency order by business_date desc, points, amount) = 1
),
valued as (
    select
        b.programme_id, b.global_id, coalesce(b.currency, p.currency) as currency, b.points, b.amount, coalesce(p.value_mode, 'half_up') as value_mode,
        -- exact powers of ten: ** would be DOUBLE
        case when b.amount is null then rpad('1', (17 - coalesce(p.value_places, 4))::integer, '0')::hugeint end as value_step,
        case when b.amount is null then rpad('1', (5 - coalesce(p.value_places, 4))::integer, '0')::hugeint end as place_step,
        case when b.amount is null then abs(units4(b.points)) * units12(coalesce(v.value, 0)) end as units16
    from latest as b
    left join programme as p on p.programme_id = b.programme_id
    left join programme_value as v
        on v.programme_id = b.programme_id and v.parameter = 'value_per_point' and $as_of_date between v.effective_from and v.effective_to
),
faced as (
    select
        programme_id, global_id, currency, points,
        coalesce(
            amount,
            sign(points) * from_units4(rounded_quotient(units16, value_step, value_mode) * place_step)
        ) as amount
    from valued
)
select programme_id, global_id, currency, sum(points) as points, sum(amount) as amount from faced group by programme_id, global_id, currency

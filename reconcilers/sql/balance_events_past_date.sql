-- purpose: lots whose last usable day has passed and that still hold units (MS-04)
-- reads: lot, programme, programme_value
-- writes: balance_events_past_date
-- parameters: $as_of_date
-- invariant: one row per lot and currency; parts of a lot held by several members are one
with overdue as (
    select
        l.lot_id, l.global_id, l.programme_id, l.currency, l.expires_on, l.remaining_points,
        case
            when p.ledger_measure = 'deferred' then coalesce(l.remaining_amount, 0)
            else face_value(
                l.remaining_points, units12(coalesce(v.value, 0)), power_of_ten(16 - coalesce(p.value_places, 4)), power_of_ten(4 - coalesce(p.value_places, 4)),
                coalesce(p.value_mode, 'half_up')
            )
        end as amount
    from lot as l
    left join programme as p on p.programme_id = l.programme_id
    left join programme_value as v
        on v.programme_id = l.programme_id and v.parameter = 'value_per_point' and $as_of_date between v.effective_from and v.effective_to
    where l.expires_on < $as_of_date and l.remaining_points > 0
)
select
    lot_id, min(programme_id) as programme_id, case when count(distinct global_id) = 1 then min(global_id) end as global_id, currency,
    min(expires_on) as expires_on, sum(remaining_points) as points, sum(amount) as amount
from overdue
group by lot_id, currency

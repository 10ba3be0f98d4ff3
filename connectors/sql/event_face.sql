-- purpose: the face value of each loyalty event that enters today: the programme's value of a point on the event's own business date, rounded by value_rounding
-- reads: fate_loyalty_event, programme, programme_value
-- writes: event_face
-- parameters: none
-- invariant: one row per entering event; face_amount is never negative and exact before its one rounding
with valued as (
    select
        e.event_id,
        v.value as value_per_point,
        units4(abs(e.points)) * units12(v.value) as exact_units,
        ('1' || repeat('0', 16 - p.value_places::integer))::hugeint as step,
        ('1' || repeat('0', 4 - p.value_places::integer))::hugeint as scale,
        p.value_mode
    from fate_loyalty_event e
    join programme p on p.programme_id = e.programme_id
    left join programme_value v
        on v.programme_id = e.programme_id
        and v.parameter = 'value_per_point'
        and e.effective_date between v.effective_from and v.effective_to
    where e.fate = 'enters'
),
rounded as (
    select
        event_id,
        value_per_point,
        scale * case value_mode
            when 'down' then exact_units // step
            when 'half_even' then exact_units // step
                + case
                    when 2 * (exact_units % step) > step then 1
                    when 2 * (exact_units % step) = step then (exact_units // step) % 2
                    else 0
                end
            else div_half_up(exact_units, step)
        end as face_units
    from valued
)
select event_id, value_per_point, from_units4(face_units) as face_amount
from rounded

-- purpose: reversals that can be restored together: those whose order among themselves cannot change the outcome
-- reads: lot_queue, lot_restorable, lot_held
-- writes: lot_wave_reversal
-- parameters: none
-- invariant: restored + excess = units; of a member in arrears no reversal that restores comes after one with units beyond its original
with original as (
    select taking_event_id, programme_id, global_id, sum(points) as taken
    from lot_restorable
    group by taking_event_id, programme_id, global_id
),
claimed as (
    select q.*, coalesce(o.taken, 0) as taken,
        sum(q.units) over (partition by q.programme_id, q.global_id, q.reverses_event_id order by q.event_no rows unbounded preceding) as claim_end
    from lot_queue q
    left join original o on o.taking_event_id = q.reverses_event_id and o.programme_id = q.programme_id and o.global_id = q.global_id
),
measured as (
    select *, (least(claim_end, taken) - least(claim_end - units, taken))::decimal(18, 4) as restored from claimed
),
ordered as (
    select *, units - restored as excess,
        sum(units - restored) over (partition by programme_id, global_id order by event_no rows between unbounded preceding and 1 preceding) as excess_before
    from measured
),
debtor as (
    select distinct programme_id, global_id from lot_held where is_arrears and remaining_points < 0
),
barrier as (
    select o.programme_id, o.global_id, min(o.event_no) as event_no
    from ordered o
    semi join debtor d on d.programme_id = o.programme_id and d.global_id = o.global_id
    where o.restored > 0 and coalesce(o.excess_before, 0) > 0
    group by o.programme_id, o.global_id
)
select o.event_no, o.event_id, o.programme_id, o.global_id, o.reverses_event_id, o.claim_end, o.units, o.restored, o.excess
from ordered o
left join barrier b on b.programme_id = o.programme_id and b.global_id = o.global_id
where b.event_no is null or o.event_no < b.event_no

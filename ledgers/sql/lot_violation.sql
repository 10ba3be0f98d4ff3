-- purpose: what must hold of today's lots and does not
-- reads: loyalty_event, programme, opening_lot, lot_movement, lot_issue
-- writes: lot_violation
-- parameters: $as_of_date
-- invariant: no rows
with delivered as (
    select event_id, programme_id, global_id, kind, points from loyalty_event where business_date = $as_of_date and points <> 0
),
moved as (
    select event_id, programme_id, global_id, sum(points) as points from lot_movement group by event_id, programme_id, global_id
),
conservation as (
    select coalesce(d.event_id, m.event_id) as event_id, coalesce(d.points, 0) as delivered_points, coalesce(m.points, 0) as moved_points
    from delivered d
    full join moved m on m.event_id = d.event_id and m.programme_id = d.programme_id and m.global_id = d.global_id
),
running as (
    select m.sequence, m.lot_id, m.event_id, starts_with(m.lot_id, 'ARREARS/') as is_arrears, m.points,
        coalesce(o.remaining_points, 0) + sum(m.points) over (partition by m.lot_id, m.global_id order by m.sequence rows unbounded preceding) as open_points
    from lot_movement m
    left join opening_lot o on o.lot_id = m.lot_id and o.global_id = m.global_id
),
redeemed as (
    -- a lot may give to one redemption twice only where the platform's trace is followed first
    select d.event_id, -d.points as delivered_points, coalesce(-sum(m.points), 0) as taken_points, count(m.lot_id) as row_count,
        count(distinct (m.lot_id, case when p.lot_policy = 'source_trace' then m.sequence end)) filter (m.lot_id is not null) as lot_count
    from delivered d
    left join programme p on p.programme_id = d.programme_id
    left join lot_movement m on m.event_id = d.event_id and m.taking_event_id = d.event_id
    where d.kind = 'redemption' and d.points < 0
    group by d.event_id, d.points
)
select 'event ' || event_id || ': ' || delivered_points || ' units delivered, ' || moved_points || ' moved' as violation
from conservation
where delivered_points <> moved_points
union all
select 'lot ' || lot_id || ': ' || open_points || ' units open after event ' || event_id
from running
where case when is_arrears then open_points > 0 else open_points < 0 end
union all
select 'redemption ' || event_id || ': ' || delivered_points || ' units redeemed, ' || taken_points || ' in ' || row_count || ' rows of ' || lot_count || ' lots'
from redeemed
where delivered_points <> taken_points or row_count <> lot_count
union all
select 'sequence ' || sequence || ' is there ' || count(*) || ' times' from lot_movement group by sequence having count(*) > 1
union all
select 'sequence runs from ' || min(sequence) || ' to ' || max(sequence) || ' over ' || count(*) || ' rows'
from lot_movement
having count(*) > 0 and (min(sequence) <> 1 or max(sequence) <> count(*))
union all
select 'lot ' || lot_id || ' is opened twice for one holder' from lot_issue group by lot_id, global_id having count(*) > 1

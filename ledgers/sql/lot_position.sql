-- purpose: what is open of each lot and each arrears: the last month-end schedule plus everything that moved since
-- reads: lot_scope, known_lot_schedule, known_lot_issue, known_lot_movement, loyalty_event, programme
-- writes: lot_position
-- parameters: none
-- invariant: remaining_points = scheduled units + the units of all later movements, for each lot and holder
with scheduled_on as (
    select coalesce(max(business_date), date '0001-01-01') as last_day from known_lot_schedule
),
scheduled as (
    select s.* from known_lot_schedule s
    semi join lot_scope m on m.programme_id = s.programme_id and m.global_id = s.global_id
    where s.business_date = (select last_day from scheduled_on)
),
moved as (
    select v.lot_id, v.global_id, sum(v.points) as points, max(v.business_date) as moved_on, max(v.expires_on) as expires_on
    from known_lot_movement v
    semi join lot_scope m on m.programme_id = v.programme_id and m.global_id = v.global_id
    where v.business_date > (select last_day from scheduled_on)
    group by v.lot_id, v.global_id
),
unscheduled as (
    select v.lot_id, v.global_id from moved v
    anti join scheduled s on s.lot_id = v.lot_id and s.global_id = v.global_id
),
-- a lot that was given a later last day keeps it, also when it was used up at the schedule
redated as (
    select v.lot_id, v.global_id, max(v.expires_on) as expires_on
    from known_lot_movement v
    semi join unscheduled u on u.lot_id = v.lot_id and u.global_id = v.global_id
    where v.expires_on is not null
    group by v.lot_id, v.global_id
),
-- opened since, or used up before the schedule and restored since
issued as (
    select i.lot_id, i.global_id, i.programme_id, i.currency, i.earn_class, i.funded_by, i.earned_on, i.earned_at,
        greatest(i.expires_on, r.expires_on) as expires_on, i.points, i.deferral, i.cost_per_point, i.cohort
    from known_lot_issue i
    semi join unscheduled u on u.lot_id = i.lot_id and u.global_id = i.global_id
    left join redated r on r.lot_id = i.lot_id and r.global_id = i.global_id
),
arrears as (
    select u.lot_id, u.global_id, e.programme_id, coalesce(p.currency, nullif(e.currency, ''), '') as currency, 'service' as earn_class,
        'seller' as funded_by, e.effective_date as earned_on, e.occurred_at as earned_at, null::date as expires_on,
        0::decimal(18, 4) as points, 0::decimal(38, 12) as deferral, 0::decimal(38, 12) as cost_per_point,
        strftime(e.effective_date, '%Y-%m') as cohort
    from unscheduled u
    join loyalty_event e on e.event_id = substr(u.lot_id, 9)
    left join programme p on p.programme_id = e.programme_id
    where starts_with(u.lot_id, 'ARREARS/')
),
described as (
    select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, deferral, cost_per_point, cohort,
        remaining_points as scheduled_points
    from scheduled
    union all
    select *, 0 from issued
    union all
    select *, 0 from arrears
),
positioned as (
    -- a restoration may have given the lot a later last day
    select d.* replace (greatest(d.expires_on, v.expires_on) as expires_on), starts_with(d.lot_id, 'ARREARS/') as is_arrears, v.moved_on,
        (d.scheduled_points + coalesce(v.points, 0))::decimal(18, 4) as remaining_points
    from described d
    left join moved v on v.lot_id = d.lot_id and v.global_id = d.global_id
)
select lot_id, global_id, programme_id, currency, earn_class, funded_by, earned_on, earned_at, expires_on, points, remaining_points, deferral,
    case when deferral = 0 or points = 0 then 0::decimal(38, 12)
        else from_units12(quick_share(units12(deferral), units4(remaining_points), units4(points))) end as remaining_deferral,
    round(deferral, 4)::decimal(18, 4) as deferred_amount, cost_per_point, cohort, is_arrears, moved_on
from positioned

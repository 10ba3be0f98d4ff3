-- purpose: parts of lots given on earlier days by transfers whose receiving leg enters today
-- reads: lot_event, loyalty_event, prior_lot_movement, prior_lot_issue
-- writes: lot_transfer_part
-- parameters: $as_of_date
-- invariant: points > 0; arrears are not given
with receiving as (
    select distinct programme_id, transfer_id from lot_event where group_no = 4 and points > 0 and transfer_id is not null
),
giving as (
    select e.event_id, e.programme_id, e.transfer_id
    from loyalty_event e
    semi join receiving r on r.programme_id = e.programme_id and r.transfer_id = e.transfer_id
    where e.kind = 'transfer_out' and e.points < 0 and e.business_date < $as_of_date
),
given as (
    select g.transfer_id, m.*
    from prior_lot_movement m
    join giving g on g.event_id = m.event_id and g.programme_id = m.programme_id
    where m.business_date < $as_of_date and m.points < 0 and not starts_with(m.lot_id, 'ARREARS/')
),
issued as (
    select i.* from prior_lot_issue i semi join given g on g.lot_id = i.lot_id and g.global_id = i.global_id where i.business_date < $as_of_date
),
redated as (
    select g.lot_id, g.global_id, g.business_date, g.sequence, max(m.expires_on) as expires_on
    from given g
    join prior_lot_movement m on m.lot_id = g.lot_id and m.global_id = g.global_id
    where m.expires_on is not null and (m.business_date < g.business_date or (m.business_date = g.business_date and m.sequence < g.sequence))
    group by g.lot_id, g.global_id, g.business_date, g.sequence
)
select g.programme_id, g.transfer_id, g.business_date as given_on, g.sequence as event_no, 0::bigint as part_no, g.lot_id, g.global_id as giver_id,
    i.currency, i.earn_class, i.funded_by, i.earned_on, i.earned_at, greatest(i.expires_on, r.expires_on) as expires_on, i.cost_per_point, i.cohort,
    (-g.points)::decimal(18, 4) as points, (-g.deferral)::decimal(38, 12) as deferral
from given g
join issued i on i.lot_id = g.lot_id and i.global_id = g.global_id
left join redated r on r.lot_id = g.lot_id and r.global_id = g.global_id and r.business_date = g.business_date and r.sequence = g.sequence

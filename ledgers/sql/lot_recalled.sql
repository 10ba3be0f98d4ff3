-- purpose: used-up lots that today's events may open again: lots once taken by what is reversed today, and earlier lots of receivers of transfers
-- reads: lot_event, lot_reversed_taking, prior_lot_issue, prior_lot_movement, opening_lot
-- writes: lot_recalled
-- parameters: $as_of_date
-- invariant: none of them is open at the start of the day
with receiver as (
    select distinct programme_id, global_id from lot_event where group_no = 4 and points > 0
),
issued as (
    select * from prior_lot_issue where business_date < $as_of_date
),
called as (
    select i.* from issued i semi join lot_reversed_taking t on t.lot_id = i.lot_id and t.global_id = i.global_id
    union
    select i.* from issued i semi join receiver r on r.programme_id = i.programme_id and r.global_id = i.global_id
),
redated as (
    select m.lot_id, m.global_id, max(m.expires_on) as expires_on
    from prior_lot_movement m
    semi join called c on c.lot_id = m.lot_id and c.global_id = m.global_id
    where m.business_date < $as_of_date and m.expires_on is not null
    group by m.lot_id, m.global_id
)
select c.lot_id, c.global_id, c.programme_id, c.currency, c.earn_class, c.funded_by, c.earned_on, c.earned_at, greatest(c.expires_on, r.expires_on) as expires_on, c.points, c.deferral,
    c.cost_per_point, c.cohort
from called c
left join redated r on r.lot_id = c.lot_id and r.global_id = c.global_id
anti join opening_lot o on o.lot_id = c.lot_id and o.global_id = c.global_id

-- purpose: which stretch of the units given by a transfer each receiving leg of today may claim
-- reads: lot_event, loyalty_event
-- writes: lot_transfer_claim
-- parameters: $as_of_date
-- invariant: claims of one transfer follow one another without overlap
with receiving as (
    select * from lot_event where group_no = 4 and points > 0 and transfer_id is not null
),
leg as (
    select e.programme_id, e.transfer_id, e.kind, e.points, e.business_date
    from loyalty_event e
    semi join receiving r on r.programme_id = e.programme_id and r.transfer_id = e.transfer_id
    where e.business_date <= $as_of_date
),
given as (
    select programme_id, transfer_id, min(business_date) as given_on
    from leg
    where kind = 'transfer_out' and points < 0
    group by programme_id, transfer_id
),
claimed_before as (
    select l.programme_id, l.transfer_id, sum(l.points) as points
    from leg l
    join given g on g.programme_id = l.programme_id and g.transfer_id = l.transfer_id
    where l.kind = 'transfer_in' and l.points > 0 and l.business_date >= g.given_on and l.business_date < $as_of_date
    group by l.programme_id, l.transfer_id
)
select r.event_no, r.programme_id, r.transfer_id,
    coalesce(b.points, 0) + sum(r.points) over sequenced - r.points as claim_start, coalesce(b.points, 0) + sum(r.points) over sequenced as claim_end
from receiving r
left join claimed_before b on b.programme_id = r.programme_id and b.transfer_id = r.transfer_id
window sequenced as (partition by r.programme_id, r.transfer_id order by r.event_no rows unbounded preceding)

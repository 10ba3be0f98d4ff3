-- purpose: the units of every earlier redemption by the lot that bears them now, returned ones included, to be judged again under today's law
-- reads: allocation_draft, prior_allocation_draft, loyalty_event
-- writes: tax_reopened
-- parameters: none
-- invariant: one row per redemption and lot with the units it gave before any reversal; arrears repaid stand under the lot that repaid
with unit as (
    select event_id, redemption_event_id, lot_id, sequence, earn_class, points, redemption_value from prior_allocation_draft
    union all
    select a.event_id, a.redemption_event_id, a.lot_id, a.sequence, a.earn_class, a.points, a.redemption_value
    from allocation_draft as a
    semi join prior_allocation_draft as p on p.redemption_event_id = a.redemption_event_id
),
caused as (
    select u.*, coalesce(e.kind, '') = 'reversal' as is_reversal
    from unit as u
    left join loyalty_event as e on e.event_id = u.event_id
)
select
    redemption_event_id as event_id, redemption_event_id, lot_id, min(sequence) as sequence, min(earn_class) as earn_class,
    sum(points) filter (not is_reversal) as points,
    sum(redemption_value) filter (not is_reversal) as redemption_value,
    units4(sum(points)) as units_left
from caused
group by redemption_event_id, lot_id
having sum(points) filter (not is_reversal) > 0

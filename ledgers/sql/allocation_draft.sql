-- purpose: units of redemptions by lot, with the revenue, breakage, cost and money off that goes with them
-- reads: movement_value, loyalty_event
-- writes: allocation_draft
-- parameters: $as_of_date
-- invariant: per redemption the units of all days add up to redeemed net of reversed, its money off to the same share of the redemption's
with
taken as (
    select m.*, row_number() over (partition by m.event_id order by m.sequence) as place, -units4(m.points) as units
    from movement_value m where m.taking_kind = 'redemption'
),
redemption as (
    select e.event_id, e.programme_id, e.global_id, e.business_date, units4(abs(e.points)) as whole, coalesce(e.redemption_value, e.face_amount) as redemption_value
    from loyalty_event e where e.event_id in (select taking_event_id from taken)
),
given_back_before as (
    select v.reverses_event_id as event_id, sum(units4(abs(v.points))) as units
    from loyalty_event v join redemption r on r.event_id = v.reverses_event_id and r.programme_id = v.programme_id and r.global_id = v.global_id
    where v.kind = 'reversal' and v.points > 0 and v.business_date < $as_of_date and v.business_date >= r.business_date
    group by all
),
placed as (
    select t.*, r.whole, r.redemption_value,
           case when r.business_date < $as_of_date then r.whole - least(r.whole, coalesce(g.units, 0::hugeint)) else 0::hugeint end
               + sum(t.units) over (partition by t.taking_event_id order by t.sequence rows unbounded preceding) as units_after
    from taken t
    left join redemption r on r.event_id = t.taking_event_id
    left join given_back_before g on g.event_id = t.taking_event_id
)
select event_id, taking_event_id as redemption_event_id, lot_id, place as sequence, programme_id, global_id, cohort, earn_class, currency,
       -points as points, released_amount, released_amount - face_part_amount as breakage_amount, -cost_amount as released_cost,
       share_of(coalesce(redemption_value, 0), units_after, coalesce(whole, 0))
           - share_of(coalesce(redemption_value, 0), units_after - units, coalesce(whole, 0)) as redemption_value
from placed

-- purpose: each lot open at the close, or used up today: what was frozen at issue and its share of what the cohort still owes
-- reads: lot_position, lot_cohort_owed, lot_entry
-- writes: lot
-- parameters: $as_of_date
-- invariant: the lots of a cohort with open deferral add up to its liability, those with open cost to its accrued cost, all of them to its units;
--   arrears belong to no cohort, here as in the roll-forward
with shown as (
    select *, case when remaining_deferral > 0 then units12(remaining_deferral) else 0 end as deferral_units,
        case when remaining_points > 0 and not is_arrears then div_half_up(units4(remaining_points) * units12(cost_per_point), 10000) else 0 end
            as cost_units
    from lot_position
    where remaining_points <> 0 or moved_on = $as_of_date
),
running as (
    select s.*, coalesce(o.liability_amount, 0) as liability_amount, coalesce(o.cost_owed_amount, 0) as cost_owed_amount,
        (sum(s.deferral_units) over earned)::hugeint as deferral_to_here, (sum(s.deferral_units) over cohort_lots)::hugeint as deferral_whole,
        (sum(s.cost_units) over earned)::hugeint as cost_to_here, (sum(s.cost_units) over cohort_lots)::hugeint as cost_whole
    from shown s
    left join lot_cohort_owed o
        on o.programme_id = s.programme_id and o.currency = s.currency and o.earn_class = s.earn_class and o.cohort = s.cohort
    window cohort_lots as (partition by s.programme_id, s.currency, s.earn_class, s.cohort),
        earned as (cohort_lots order by s.earned_on, s.lot_id, s.global_id rows unbounded preceding)
)
select r.lot_id, r.global_id, r.programme_id, case when r.is_arrears then '' else r.earn_class end as earn_class, r.funded_by, r.earned_on, r.expires_on, r.points, r.remaining_points, r.deferred_amount,
    share_of(r.liability_amount, r.deferral_to_here, r.deferral_whole)
    - share_of(r.liability_amount, r.deferral_to_here - r.deferral_units, r.deferral_whole) as remaining_amount,
    round(r.points::decimal(18, 4) * r.cost_per_point::decimal(18, 12), 4) as cost_amount,
    share_of(r.cost_owed_amount, r.cost_to_here, r.cost_whole)
    - share_of(r.cost_owed_amount, r.cost_to_here - r.cost_units, r.cost_whole) as remaining_cost,
    r.currency, case when r.is_arrears then '' else r.cohort end as cohort, coalesce(e.ledger_refs, '') as ledger_ref
from running r
left join lot_entry e on e.event_id = r.lot_id

-- purpose: the base of each unit redeemed today: its share of the goods, less what its own lot takes off, never below 0 for a redemption
-- reads: tax_unit
-- writes: tax_base
-- parameters: none
-- invariant: per redemption and tax type the shares add up to the goods and the taxable base is >= 0; money is counted in ten-thousandths until the end
with counted as (
    select
        *,
        units4(reward_gross) as gross_units,
        units4(reward_exempt) as exempt_units,
        units4(reward_base) as base_units,
        units4(reimbursed) as reimbursed_units
    from tax_unit
    where is_original
),
running as (
    select
        *,
        sum(units) over through as units_through,
        sum(units) over reward as units_in_all,
        sum(value_units) over through as value_through,
        sum(value_units) over reward as value_in_all
    from counted
    window
        reward as (partition by redemption_event_id, tax_type),
        through as (partition by redemption_event_id, tax_type order by sequence, lot_id rows between unbounded preceding and current row)
),
shared as (
    select
        *,
        share_units(gross_units, units_through, units_in_all) - share_units(gross_units, units_through - units, units_in_all) as gross_share,
        share_units(exempt_units, units_through, units_in_all) - share_units(exempt_units, units_through - units, units_in_all) as exempt_share,
        share_units(base_units, units_through, units_in_all) - share_units(base_units, units_through - units, units_in_all) as base_share,
        case takes_off
            when 'all' then value_units
            when 'unreimbursed' then
                share_units(greatest(value_in_all - reimbursed_units, 0), value_through, value_in_all)
                - share_units(greatest(value_in_all - reimbursed_units, 0), value_through - value_units, value_in_all)
            else 0
        end::hugeint as off_units
    from running
),
both_bases as (
    select *, case when is_collected_on_net then value_units else off_units end::hugeint as collected_off_units from shared
),
capped as (
    select
        *,
        sum(off_units) over through as off_through,
        sum(off_units) over reward as off_in_all,
        sum(collected_off_units) over through as collected_off_through,
        sum(collected_off_units) over reward as collected_off_in_all,
        sum(base_share) over reward as base_in_all
    from both_bases
    window
        reward as (partition by redemption_event_id, tax_type),
        through as (partition by redemption_event_id, tax_type order by sequence, lot_id rows between unbounded preceding and current row)
),
adjusted as (
    -- a reward worth more than its goods is cut to them, lot by lot in proportion
    select
        *,
        case
            when off_in_all <= base_in_all then off_units
            else share_units(base_in_all, off_through, off_in_all) - share_units(base_in_all, off_through - off_units, off_in_all)
        end as off_allowed,
        case
            when collected_off_in_all <= base_in_all then collected_off_units
            else share_units(base_in_all, collected_off_through, collected_off_in_all)
                - share_units(base_in_all, collected_off_through - collected_off_units, collected_off_in_all)
        end as collected_off_allowed
    from capped
)
select
    tax_entry_id, event_id, redemption_event_id, lot_id, sequence, order_id, company_id, effective_date, currency, programme_id, global_id,
    points, units, units_through, units_in_all, jurisdiction, tax_type, treatment, base_kind, rule_id, rule_version, citation, is_reviewed,
    rounding_level, rate, coin_units, points_value,
    from_units4(gross_share) as gross_price,
    from_units4(base_share) as base_before,
    from_units4(exempt_share) as exempt_base,
    from_units4(-off_allowed) as base_adjustment,
    from_units4(-collected_off_allowed) as collected_adjustment,
    base_share - off_allowed as owed_units,
    base_share - collected_off_allowed as collected_units
from adjusted

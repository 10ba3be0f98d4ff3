-- purpose: the base of each unit redeemed today: its share of the goods, less what its own lot takes off, never below 0 for a redemption
-- reads: tax_unit
-- writes: tax_base
-- parameters: none
-- invariant: per redemption and tax type the shares add up to the goods and the taxable base is >= 0
with running as (
    select
        *,
        sum(units) over through as units_through,
        sum(units) over reward as units_in_all,
        sum(units4(points_value)) over through as value_through,
        sum(units4(points_value)) over reward as value_in_all
    from tax_unit
    where is_original
    window
        reward as (partition by redemption_event_id, tax_type),
        through as (partition by redemption_event_id, tax_type order by sequence, lot_id rows between unbounded preceding and current row)
),
shared as (
    select
        *,
        list_transform(
            [reward_gross, reward_exempt, reward_base],
            lambda figure: share_of(figure, units_through, units_in_all) - share_of(figure, units_through - units, units_in_all)
        ) as figures,
        greatest(from_units4(value_in_all) - reimbursed, 0)::decimal(38, 4) as unreimbursed
    from running
),
taken_off as (
    select
        *,
        figures[1] as gross_price,
        figures[2] as exempt_base,
        figures[3] as base_before,
        case takes_off
            when 'all' then points_value
            when 'unreimbursed' then
                share_of(unreimbursed, value_through, value_in_all) - share_of(unreimbursed, value_through - units4(points_value), value_in_all)
            else 0
        end::decimal(38, 4) as reward_off
    from shared
),
both_bases as (
    select *, case when is_collected_on_net then points_value else reward_off end::decimal(38, 4) as collected_off from taken_off
),
capped as (
    select
        *,
        sum(units4(reward_off)) over through as off_through,
        sum(units4(reward_off)) over reward as off_in_all,
        sum(units4(collected_off)) over through as collected_off_through,
        sum(units4(collected_off)) over reward as collected_off_in_all,
        sum(base_before) over reward as base_in_all
    from both_bases
    window
        reward as (partition by redemption_event_id, tax_type),
        through as (partition by redemption_event_id, tax_type order by sequence, lot_id rows between unbounded preceding and current row)
),
adjusted as (
    select
        *,
        -- a reward worth more than its goods is cut to them, lot by lot in proportion
        least(from_units4(off_in_all), base_in_all) as off_allowed,
        least(from_units4(collected_off_in_all), base_in_all) as collected_off_allowed
    from capped
)
select
    tax_entry_id, event_id, redemption_event_id, lot_id, sequence, order_id, company_id, effective_date, currency, programme_id, global_id,
    points, units, units_through, units_in_all, jurisdiction, tax_type, treatment, base_kind, rule_id, rule_version, citation, is_reviewed,
    rounding_level, rate, coin_units, gross_price, points_value, base_before, exempt_base,
    -(share_of(off_allowed, off_through, off_in_all) - share_of(off_allowed, off_through - units4(reward_off), off_in_all)) as base_adjustment,
    -(
        share_of(collected_off_allowed, collected_off_through, collected_off_in_all)
        - share_of(collected_off_allowed, collected_off_through - units4(collected_off), collected_off_in_all)
    ) as collected_adjustment
from adjusted

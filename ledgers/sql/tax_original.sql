-- purpose: tax entries of today's redemptions: rounded once per redemption or per order, then shared over the allocations by points
-- reads: tax_base
-- writes: tax_original
-- parameters: none
-- invariant: per rounding group the tax shares add up to the group's tax rounded half up to the currency's coin
with reward as (
    -- use tax is the seller's own: no customer is charged it
    select
        redemption_event_id,
        tax_type,
        company_id,
        order_id,
        currency,
        jurisdiction,
        rate,
        coin_units,
        min(rounding_level) = 'invoice' and order_id is not null as is_by_order,
        sum(owed_units) as owed_units,
        case when tax_type = 'USE' then 0 else sum(collected_units) end::hugeint as collected_units
    from tax_base
    group by redemption_event_id, tax_type, company_id, order_id, currency, jurisdiction, rate, coin_units
),
computation as (
    select
        *,
        sum(owed_units) over whole as owed_in_all,
        sum(owed_units) over through as owed_through,
        sum(collected_units) over whole as collected_in_all,
        sum(collected_units) over through as collected_through
    from (
        select *, case when is_by_order then concat_ws('|', 'order', company_id, order_id) else concat_ws('|', 'redemption', redemption_event_id) end as computed_with
        from reward
    )
    window
        whole as (partition by computed_with, tax_type, currency, jurisdiction, rate, coin_units),
        through as (
            partition by computed_with, tax_type, currency, jurisdiction, rate, coin_units
            order by redemption_event_id
            rows between unbounded preceding and current row
        )
),
rounded as (
    select
        *,
        coalesce(div_half_up(owed_in_all * units12(rate), 1000000000000 * coin_units) * coin_units, 0) as owed_tax,
        coalesce(div_half_up(collected_in_all * units12(rate), 1000000000000 * coin_units) * coin_units, 0) as collected_tax
    from computation
),
reward_tax as (
    -- redemptions of one order part its tax by their bases, so that a redemption without base bears none
    select
        redemption_event_id,
        tax_type,
        share_units(owed_tax, owed_through, owed_in_all) - share_units(owed_tax, owed_through - owed_units, owed_in_all) as owed,
        share_units(collected_tax, collected_through, collected_in_all)
        - share_units(collected_tax, collected_through - collected_units, collected_in_all) as collected
    from rounded
)
select
    b.tax_entry_id, b.event_id, b.redemption_event_id, b.lot_id, b.sequence, b.order_id, b.effective_date, b.currency, b.programme_id, b.global_id,
    b.points, b.jurisdiction, b.tax_type, b.treatment, b.gross_price, b.points_value, b.base_before, b.base_adjustment,
    b.base_before + b.base_adjustment as taxable_base,
    b.exempt_base, b.rate,
    from_units4(share_units(t.owed, b.units_through, b.units_in_all) - share_units(t.owed, b.units_through - b.units, b.units_in_all)) as tax_amount,
    case when b.tax_type = 'USE' then 0 else b.base_before + b.collected_adjustment end as base_collected,
    from_units4(share_units(t.collected, b.units_through, b.units_in_all) - share_units(t.collected, b.units_through - b.units, b.units_in_all)) as tax_collected,
    b.rule_id, b.rule_version, b.citation, b.is_reviewed, null::varchar as reversal_of
from tax_base as b
join reward_tax as t on t.redemption_event_id = b.redemption_event_id and t.tax_type = b.tax_type

-- purpose: the tax entries that can still be taken back: earlier ones with what is left of them, and today's own
-- reads: prior_tax_draft, tax_reward, tax_original
-- writes: tax_open
-- parameters: $as_of_date
-- invariant: one row per entry that reverses nothing; left amounts are its own less every row that names it in reversal_of
with earlier as (
    select p.*, coalesce(p.reversal_of, p.tax_entry_id) as entry_id
    from prior_tax_draft as p
    semi join tax_reward as r on r.redemption_event_id = p.redemption_event_id
),
left_over as (
    select
        entry_id as tax_entry_id,
        sum(points)::decimal(38, 4) as points,
        sum(gross_price)::decimal(38, 4) as gross_price,
        sum(points_value)::decimal(38, 4) as points_value,
        sum(base_before)::decimal(38, 4) as base_before,
        sum(base_adjustment)::decimal(38, 4) as base_adjustment,
        sum(taxable_base)::decimal(38, 4) as taxable_base,
        sum(exempt_base)::decimal(38, 4) as exempt_base,
        sum(tax_amount)::decimal(38, 4) as tax_amount,
        sum(base_collected)::decimal(38, 4) as base_collected,
        sum(tax_collected)::decimal(38, 4) as tax_collected
    from earlier
    group by entry_id
)
select
    e.tax_entry_id, e.business_date as entered_on, e.event_id, e.redemption_event_id, e.lot_id, e.sequence, e.order_id, e.currency, e.programme_id,
    e.global_id, e.jurisdiction, e.tax_type, e.treatment, e.rate, e.rule_id, e.rule_version, e.citation, e.is_reviewed,
    l.points, l.gross_price, l.points_value, l.base_before, l.base_adjustment, l.taxable_base, l.exempt_base, l.tax_amount, l.base_collected, l.tax_collected
from earlier as e
join left_over as l on l.tax_entry_id = e.tax_entry_id
where e.reversal_of is null and l.points > 0
union all
select
    tax_entry_id, $as_of_date as entered_on, event_id, redemption_event_id, lot_id, sequence, order_id, currency, programme_id,
    global_id, jurisdiction, tax_type, treatment, rate, rule_id, rule_version, citation, is_reviewed,
    points, gross_price, points_value, base_before, base_adjustment, taxable_base, exempt_base, tax_amount, base_collected, tax_collected
from tax_original

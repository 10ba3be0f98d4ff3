-- purpose: Tax of today's redemptions by jurisdiction, tax type, treatment and rule, saying which rules nobody has reviewed.
-- reads: tax_entry, tax_draft
-- writes: report_tax
-- parameters: none
-- invariant: entry_count adds up to the rows of tax_entry.
select
    entry.jurisdiction, entry.tax_type, entry.treatment,
    -- of the goods, not of the lots; what a change of the law overtakes has no allocation today
    coalesce(draft.currency, '') as currency,
    coalesce(entry.rule_id, '') as rule_id, coalesce(entry.rule_version, '') as rule_version,
    coalesce(entry.is_reviewed, false) as is_reviewed,
    count(*) as entry_count,
    count(*) filter (where entry.status in ('missing', 'difference')) as open_count,
    sum(entry.points)::decimal(38, 4) as points,
    coalesce(sum(entry.points_value), 0)::decimal(38, 4) as points_value,
    coalesce(sum(entry.base_before), 0)::decimal(38, 4) as base_before,
    coalesce(sum(entry.base_adjustment), 0)::decimal(38, 4) as base_adjustment,
    coalesce(sum(entry.taxable_base), 0)::decimal(38, 4) as taxable_base,
    coalesce(sum(entry.tax_amount), 0)::decimal(38, 4) as tax_amount,
    coalesce(sum(entry.tax_collected), 0)::decimal(38, 4) as tax_collected,
    min(entry.citation) as citation
from tax_entry as entry
left join tax_draft as draft on draft.tax_entry_id = entry.tax_entry_id
group by all
order by entry.jurisdiction, entry.tax_type, entry.treatment, currency, rule_id, rule_version, is_reviewed

-- purpose: today's tax entries: redemptions, units handed over from arrears, and the negated share of every entry taken back
-- reads: tax_original, tax_handover, tax_open, tax_take
-- writes: tax_draft
-- parameters: none
-- invariant: an entry and the rows that name it in reversal_of net to 0 once all its units are taken back
with reversible as (
    select
        tax_entry_id, order_id, currency, programme_id, global_id, jurisdiction, tax_type, treatment, rate, rule_id, rule_version, citation, is_reviewed,
        gross_price, points_value, base_before, base_adjustment, taxable_base, exempt_base, tax_amount, base_collected, tax_collected
    from tax_open
    union all by name
    select
        tax_entry_id, order_id, currency, programme_id, global_id, jurisdiction, tax_type, treatment, rate, rule_id, rule_version, citation, is_reviewed,
        gross_price, points_value, base_before, base_adjustment, taxable_base, exempt_base, tax_amount, base_collected, tax_collected
    from tax_handover
),
taken_back as (
    -- of every figure the share between two running shares, so that pieces of an entry always add up to it
    select
        t.*,
        list_transform(
            [o.gross_price, o.points_value, o.base_before, o.taxable_base, o.exempt_base, o.tax_amount, o.base_collected, o.tax_collected],
            lambda figure: share_of(figure, t.piece_from, t.entry_units) - share_of(figure, t.piece_to, t.entry_units)
        ) as negated,
        o.order_id, o.currency, o.programme_id, o.global_id, o.jurisdiction, o.treatment, o.rate, o.rule_id, o.rule_version, o.citation, o.is_reviewed
    from tax_take as t
    join reversible as o on o.tax_entry_id = t.reversal_of
)
select * from tax_original
union all by name
select * from tax_handover
union all by name
select
    sha(concat_ws('|', event_id, redemption_event_id, lot_id, tax_type, sequence::varchar, reversal_of)) as tax_entry_id,
    event_id, redemption_event_id, lot_id, sequence, order_id, effective_date, currency, programme_id, global_id,
    from_units4(piece_from - piece_to) as points,
    jurisdiction, tax_type, treatment,
    negated[1] as gross_price,
    negated[2] as points_value,
    negated[3] as base_before,
    negated[4] - negated[3] as base_adjustment,
    negated[4] as taxable_base,
    negated[5] as exempt_base,
    rate,
    negated[6] as tax_amount,
    negated[7] as base_collected,
    negated[8] as tax_collected,
    rule_id, rule_version, citation, is_reviewed, reversal_of
from taken_back

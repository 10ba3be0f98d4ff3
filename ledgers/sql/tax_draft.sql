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
    -- the share between two cumulative shares, so that pieces of an entry always add up to it
    select
        sha(concat_ws('|', t.event_id, t.redemption_event_id, t.lot_id, t.tax_type, t.sequence::varchar, t.reversal_of)) as tax_entry_id,
        t.event_id, t.redemption_event_id, t.lot_id, t.sequence, o.order_id, t.effective_date, o.currency, o.programme_id, o.global_id,
        from_units4(t.piece_from - t.piece_to) as points,
        o.jurisdiction, o.tax_type, o.treatment,
        share_of(o.gross_price, t.piece_from, t.entry_units) - share_of(o.gross_price, t.piece_to, t.entry_units) as gross_price,
        share_of(o.points_value, t.piece_from, t.entry_units) - share_of(o.points_value, t.piece_to, t.entry_units) as points_value,
        share_of(o.base_before, t.piece_from, t.entry_units) - share_of(o.base_before, t.piece_to, t.entry_units) as base_before,
        share_of(o.taxable_base, t.piece_from, t.entry_units) - share_of(o.taxable_base, t.piece_to, t.entry_units) as taxable_base,
        share_of(o.exempt_base, t.piece_from, t.entry_units) - share_of(o.exempt_base, t.piece_to, t.entry_units) as exempt_base,
        o.rate,
        share_of(o.tax_amount, t.piece_from, t.entry_units) - share_of(o.tax_amount, t.piece_to, t.entry_units) as tax_amount,
        share_of(o.base_collected, t.piece_from, t.entry_units) - share_of(o.base_collected, t.piece_to, t.entry_units) as base_collected,
        share_of(o.tax_collected, t.piece_from, t.entry_units) - share_of(o.tax_collected, t.piece_to, t.entry_units) as tax_collected,
        o.rule_id, o.rule_version, o.citation, o.is_reviewed, t.reversal_of
    from tax_take as t
    join reversible as o on o.tax_entry_id = t.reversal_of
)
select * from tax_original
union all by name
select * from tax_handover
union all by name
select *, taxable_base - base_before as base_adjustment from taken_back

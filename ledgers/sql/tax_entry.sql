-- purpose: today's tax entries with the tax lines of the ledger that settle them, as known at the close
-- reads: tax_draft, settled_ref, finding, programme
-- writes: tax_entry
-- parameters: $as_of_date
-- invariant: one row per row of tax_draft; missing only where tax is due and no line is known
with moved as (
    select event_id, redemption_event_id, tax_type, sum(abs(taxable_base)) as taxable_base
    from tax_draft
    group by event_id, redemption_event_id, tax_type
),
told as (
    -- the rewards behind one line of an order are one finding: its left_ref names them all
    select event_id, max(case code when 'MS-05' then 3 when 'AM-07' then 2 when 'TM-01' then 1 else 0 end) as verdict
    from (select code, unnest(string_split(left_ref, ';')) as event_id from finding where pair = 'redemption_tax')
    group by event_id
),
judged as (
    -- the ledger may name the reversal or the redemption it takes back; what is missing is said before what differs
    select t.tax_entry_id, max(f.verdict) as verdict
    from tax_draft as t
    join told as f on f.event_id in (t.event_id, t.redemption_event_id)
    group by t.tax_entry_id
)
select
    t.tax_entry_id, t.event_id, t.redemption_event_id, t.lot_id, t.points, t.jurisdiction, t.tax_type, t.treatment, t.gross_price, t.points_value,
    t.base_before, t.base_adjustment, t.taxable_base, t.exempt_base, t.rate, t.tax_amount, t.base_collected, t.tax_collected,
    t.rule_id, t.rule_version, t.citation, t.is_reviewed, t.reversal_of,
    coalesce(own.ledger_refs, original.ledger_refs) as ledger_ref,
    case
        when j.verdict = 3 then 'missing'
        when j.verdict = 2 then 'difference'
        when coalesce(own.ledger_refs, original.ledger_refs) is not null then 'matched'
        -- the window may be counted in business days: what the comparison expects still is not due
        when m.taxable_base = 0 or j.verdict = 1 or date_diff('day', t.effective_date, $as_of_date) < coalesce(p.posting_days, 0) then 'not_due'
        else 'missing'
    end as status
from tax_draft as t
join moved as m on m.event_id = t.event_id and m.redemption_event_id = t.redemption_event_id and m.tax_type = t.tax_type
left join programme as p on p.programme_id = t.programme_id
left join settled_ref as own on own.pair = 'redemption_tax' and own.event_id = t.event_id
left join settled_ref as original on original.pair = 'redemption_tax' and original.event_id = t.redemption_event_id
left join judged as j on j.tax_entry_id = t.tax_entry_id

-- purpose: use tax on goods given for units, where the programme has an account for it and for the expense: our expense against what is payable
-- reads: tax_draft, programme, journal_account
-- writes: use_tax_part
-- parameters: none
-- invariant: the rows of an event and lot add up to zero; no cohort, because tax is owed on goods and not on points
with
owed as (
    select p.company_id, t.programme_id, t.currency, '' as earn_class, '' as cohort, 'use_tax' as event_kind, t.event_id, t.lot_id, t.tax_amount, p.minor_unit
    from tax_draft t
    join programme p on p.programme_id = t.programme_id
    semi join journal_account a on a.programme_id = t.programme_id and a.role = 'use_tax' and a.found_as = 'use_tax'
    semi join journal_account b on b.programme_id = t.programme_id and b.role = 'marketing_expense' and b.found_as <> ''
    where t.tax_type = 'USE' and t.tax_amount <> 0
)
select company_id, programme_id, currency, earn_class, cohort, event_kind, 'use_tax' as role, event_id, lot_id, -tax_amount as amount, minor_unit from owed
union all
select company_id, programme_id, currency, earn_class, cohort, event_kind, 'marketing_expense', event_id, lot_id, tax_amount, minor_unit from owed

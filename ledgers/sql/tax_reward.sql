-- purpose: what tax law asks about every redemption whose allocations moved today: where, in which form, who pays, on which goods
-- reads: tax_subject, loyalty_event, programme
-- writes: tax_reward
-- parameters: none
-- invariant: one row per redemption; events that are not redemptions have no row and so no tax
with touched as (
    select distinct redemption_event_id from tax_subject
),
stated as (
    select
        e.event_id as redemption_event_id,
        nullif(e.order_id, '') as order_id,
        e.effective_date,
        e.programme_id,
        p.company_id,
        e.global_id,
        coalesce(nullif(e.currency, ''), p.currency) as currency,
        coalesce(nullif(e.currency, ''), p.currency) = p.currency as is_programme_currency,
        p.minor_unit as programme_minor_unit,
        coalesce(e.tax_jurisdiction, '') as jurisdiction,
        coalesce(nullif(e.instrument, ''), nullif(p.instrument, ''), 'points') as instrument,
        coalesce(nullif(e.funded_by, ''), 'seller') as funded_by,
        list_sort(list_distinct(list_filter(list_transform(string_split(coalesce(e.receipt_evidence, ''), ';'), lambda w: trim(w)), lambda w: w <> ''))) as evidence,
        greatest(coalesce(e.transaction_amount, 0), 0)::decimal(38, 4) as gross_price,
        greatest(coalesce(e.taxable_amount, e.transaction_amount, 0), 0)::decimal(38, 4) as taxable_goods,
        e.cost_amount::decimal(38, 4) as cost_amount,
        e.reimbursed_amount::decimal(38, 4) as reimbursed_amount,
        coalesce(e.redemption_value, e.face_amount, 0)::decimal(38, 4) as stated_value,
        units4(abs(e.points)) as stated_units
    from touched as t
    join loyalty_event as e on e.event_id = t.redemption_event_id
    join programme as p on p.programme_id = e.programme_id
    where e.kind = 'redemption'
)
select
    redemption_event_id, order_id, effective_date, programme_id, company_id, global_id, currency, is_programme_currency, programme_minor_unit,
    jurisdiction, instrument, funded_by, evidence, gross_price, taxable_goods, cost_amount, reimbursed_amount,
    stated_value, stated_units,
    list_has_all(evidence, ['described', 'linked']) as is_linked,
    list_contains(evidence, 'disclosed') as is_disclosed
from stated

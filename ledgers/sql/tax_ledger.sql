-- purpose: the tax of the month so far by jurisdiction, from the entries, with the ledger's tax lines of the same redemptions and orders beside it
-- reads: tax_draft, tax_entry, ledger_line, programme, programme_account
-- writes: tax_ledger
-- parameters: $as_of_date
-- invariant: the figures are the sums of tax_entry; every tax line of the month stands in one row, of a reward or of other sales
with entry as (
    select
        p.company_id, d.order_id, d.redemption_event_id, d.event_id, d.effective_date, d.currency, coalesce(e.jurisdiction, '') as jurisdiction, e.*
        exclude (event_id, redemption_event_id, jurisdiction, business_date, close_id),
        e.business_date
    from tax_entry as e
    join tax_draft as d on d.tax_entry_id = e.tax_entry_id
    join programme as p on p.programme_id = d.programme_id
    where e.business_date <= $as_of_date
),
owed as (
    select
        company_id, jurisdiction, tax_type, currency,
        count(distinct coalesce(nullif(order_id, ''), redemption_event_id)) as order_count,
        count(*) as entry_count,
        sum(gross_price) as gross_price, sum(exempt_base) as exempt_base, sum(points_value) as points_value, sum(base_before) as base_before,
        sum(base_adjustment) as base_adjustment, sum(taxable_base) as taxable_base, sum(tax_amount) as tax_amount,
        sum(base_collected) as base_collected, sum(tax_collected) as tax_collected,
        coalesce(sum(tax_amount) filter (effective_date < date_trunc('month', $as_of_date)), 0) as earlier_period_amount,
        coalesce(sum(tax_amount) filter (not coalesce(is_reviewed, false)), 0) as unreviewed_amount,
        count(*) filter (status in ('missing', 'difference')) as open_count
    from entry
    where business_date >= date_trunc('month', $as_of_date)
    group by company_id, jurisdiction, tax_type, currency
),
place_of_event as (
    select company_id, event_id, min(jurisdiction) as jurisdiction
    from (select company_id, event_id, jurisdiction from entry union all select company_id, redemption_event_id as event_id, jurisdiction from entry)
    group by company_id, event_id
),
place_of_order as (
    select company_id, order_id, min(jurisdiction) as jurisdiction from entry where nullif(order_id, '') is not null group by company_id, order_id
),
tax_account as (
    select distinct p.company_id, a.account, case a.role when 'use_tax' then 'USE' when 'vat' then 'VAT' end as tax_type
    from programme_account as a
    join programme as p on p.programme_id = a.programme_id
    where a.role in ('use_tax', 'vat')
),
-- a place that knows one tax on sales (a GST, say) books that one
tax_of_place as (
    select company_id, jurisdiction, min(tax_type) as tax_type
    from entry
    where tax_type <> 'USE'
    group by company_id, jurisdiction
    having count(distinct tax_type) = 1
),
leading_ledger as (
    -- parallel ledgers book the same tax: the first that carries tax lines is the one compared
    select company_id, min(ledger_id) as ledger_id from ledger_line where coalesce(is_tax_line, false) group by company_id
),
line as (
    select
        l.company_id, l.currency, -l.amount as tax,
        case when l.amount > 0 or (l.amount = 0 and coalesce(l.is_reversal, false)) then -l.tax_base else l.tax_base end as base,
        coalesce(nullif(l.tax_jurisdiction, ''), v.jurisdiction, o.jurisdiction, '') as jurisdiction,
        t.tax_type,
        v.event_id is not null or (nullif(l.event_id, '') is null and o.order_id is not null) as is_reward
    from ledger_line as l
    semi join leading_ledger as g on g.company_id = l.company_id and g.ledger_id = l.ledger_id
    left join place_of_event as v on v.company_id = l.company_id and v.event_id = l.event_id
    left join place_of_order as o on o.company_id = l.company_id and o.order_id = l.order_id
    left join tax_account as t on t.company_id = l.company_id and t.account = l.account
    where coalesce(l.is_tax_line, false) and l.business_date between date_trunc('month', $as_of_date) and $as_of_date
),
booked as (
    select
        l.company_id, l.jurisdiction,
        coalesce(l.tax_type, p.tax_type, case when l.jurisdiction = 'US' or starts_with(l.jurisdiction, 'US-') then 'SALES' else 'VAT' end) as tax_type,
        l.currency,
        coalesce(sum(base) filter (is_reward), 0) as ledger_base, coalesce(sum(tax) filter (is_reward), 0) as ledger_amount,
        coalesce(sum(base) filter (not is_reward), 0) as other_base, coalesce(sum(tax) filter (not is_reward), 0) as other_amount
    from line as l
    left join tax_of_place as p on p.company_id = l.company_id and p.jurisdiction = l.jurisdiction
    group by 1, 2, 3, 4
)
select
    strftime($as_of_date, '%Y-%m') as period,
    coalesce(o.company_id, b.company_id) as company_id, coalesce(o.jurisdiction, b.jurisdiction) as jurisdiction,
    coalesce(o.tax_type, b.tax_type) as tax_type, coalesce(o.currency, b.currency) as currency,
    coalesce(o.order_count, 0) as order_count, coalesce(o.entry_count, 0) as entry_count,
    coalesce(o.gross_price, 0) as gross_price, coalesce(o.exempt_base, 0) as exempt_base, coalesce(o.points_value, 0) as points_value,
    coalesce(o.base_before, 0) as base_before, coalesce(o.base_adjustment, 0) as base_adjustment, coalesce(o.taxable_base, 0) as taxable_base,
    coalesce(o.tax_amount, 0) as tax_amount, coalesce(o.base_collected, 0) as base_collected, coalesce(o.tax_collected, 0) as tax_collected,
    coalesce(o.tax_amount - o.tax_collected, 0) as seller_amount,
    coalesce(o.earlier_period_amount, 0) as earlier_period_amount, coalesce(o.unreviewed_amount, 0) as unreviewed_amount,
    coalesce(o.open_count, 0) as open_count,
    coalesce(b.ledger_base, 0) as ledger_base, coalesce(b.ledger_amount, 0) as ledger_amount,
    coalesce(o.taxable_base, 0) - coalesce(b.ledger_base, 0) as difference_base,
    coalesce(o.tax_amount, 0) - coalesce(b.ledger_amount, 0) as difference_amount,
    coalesce(b.other_base, 0) as other_base, coalesce(b.other_amount, 0) as other_amount
from owed as o
full outer join booked as b
    on b.company_id = o.company_id and b.jurisdiction = o.jurisdiction and b.tax_type = o.tax_type and b.currency = o.currency

-- purpose: the sale itself, where a programme's journal carries it (journal_scope full_sale): cash against sales and sales tax as paid, else the price without tax
-- reads: loyalty_event, programme, movement_value, payment
-- writes: sale_part
-- parameters: $as_of_date
-- invariant: the rows of an event add up to zero; the payments of an order are posted once, with its first accrual, else its first redemption; what was paid in
--   another currency than the event's is no price of it
with
lot_of_event as (
    select event_id, max_by(earn_class, (units4(abs(points)), -sequence)) as earn_class, max_by(cohort, (units4(abs(points)), -sequence)) as cohort,
           max_by(lot_id, (units4(abs(points)), -sequence)) as lot_id, max_by(company_id, (units4(abs(points)), -sequence)) as company_id
    from movement_value where cohort <> '' group by event_id
),
paid as (
    select order_id, currency, kind <> 'sale' as is_refund, sum(case when kind = 'sale' then amount else -amount end)::decimal(38, 4) as amount,
           sum(case when kind = 'sale' then coalesce(tax_amount, 0) else -coalesce(tax_amount, 0) end)::decimal(38, 4) as tax_amount
    from payment where business_date = $as_of_date and order_id <> '' group by all
),
sold as (
    select l.company_id, e.programme_id, coalesce(nullif(e.currency, ''), p.currency) as currency, l.earn_class, l.cohort, e.event_id, l.lot_id, e.kind,
           e.kind = 'reversal' as is_refund, coalesce(o.kind, e.kind) = 'accrual' as is_accrual, coalesce(e.order_id, '') as order_id,
           case e.kind when 'accrual' then e.transaction_amount when 'reversal' then -e.transaction_amount end as price
    from loyalty_event e
    join programme p on p.programme_id = e.programme_id and p.journal_scope = 'full_sale'
    join lot_of_event l on l.event_id = e.event_id
    left join loyalty_event o on o.event_id = e.reverses_event_id
    where e.business_date = $as_of_date and e.kind in ('accrual', 'redemption', 'reversal') and coalesce(o.kind, e.kind) in ('accrual', 'redemption')
      and (coalesce(o.kind, e.kind) = 'redemption' or l.earn_class = 'purchase')
),
placed as (
    select s.*, q.amount as paid_amount, q.tax_amount,
           row_number() over (partition by s.order_id, s.currency, s.is_refund order by s.is_accrual desc, s.event_id) as place
    from sold s left join paid q on q.order_id = s.order_id and q.currency = s.currency and q.is_refund = s.is_refund and s.order_id <> ''
),
money as (
    select company_id, programme_id, currency, earn_class, cohort, event_id, lot_id, is_refund,
           case kind when 'accrual' then 'accrual' when 'redemption' then 'redemption' else 'reversal' end as event_kind,
           coalesce(paid_amount, price) as amount, coalesce(tax_amount, 0) as tax_amount
    from placed where case when paid_amount is null then is_accrual else place = 1 end and coalesce(paid_amount, price, 0) <> 0
)
select company_id, programme_id, currency, earn_class, cohort, event_kind, 'cash' as role, event_id, lot_id, amount from money
union all
select company_id, programme_id, currency, earn_class, cohort, event_kind, 'sales_tax', event_id, lot_id, -tax_amount from money where tax_amount <> 0
union all
select company_id, programme_id, currency, earn_class, cohort, event_kind, case when is_refund then 'sales_returns' else 'sales' end, event_id, lot_id,
       tax_amount - amount
from money

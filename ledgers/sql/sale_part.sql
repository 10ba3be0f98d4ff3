-- purpose: the sale itself, where a programme's journal carries it (journal_scope full_sale): cash against sales, without tax
-- reads: loyalty_event, programme, movement_value
-- writes: sale_part
-- parameters: $as_of_date
-- invariant: one row per accrual of goods sold, or part of it taken back; no row under journal_scope loyalty
with
lot_of_event as (
    select event_id, max_by(earn_class, (units4(abs(points)), -sequence)) as earn_class, max_by(cohort, (units4(abs(points)), -sequence)) as cohort,
           max_by(lot_id, (units4(abs(points)), -sequence)) as lot_id
    from movement_value where cohort <> '' group by event_id
)
select p.company_id, e.programme_id, coalesce(nullif(e.currency, ''), p.currency) as currency, l.earn_class, l.cohort,
       case e.kind when 'accrual' then 'accrual' else 'reversal' end as event_kind, e.event_id, l.lot_id,
       case e.kind when 'accrual' then e.transaction_amount else -e.transaction_amount end as amount
from loyalty_event e
join programme p on p.programme_id = e.programme_id and p.journal_scope = 'full_sale'
join lot_of_event l on l.event_id = e.event_id
left join loyalty_event o on o.event_id = e.reverses_event_id
where e.business_date = $as_of_date and l.earn_class = 'purchase' and e.transaction_amount <> 0
  and (e.kind = 'accrual' or (e.kind = 'reversal' and o.kind = 'accrual'))

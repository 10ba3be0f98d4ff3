-- purpose: our daily journal: balanced entries per cohort and kind of movement
-- reads: journal_posting, journal_source, loyalty_event
-- writes: journal_line
-- parameters: $as_of_date
-- invariant: debit, credit >= 0, one of them 0; an entry balances per company and currency
with
dated as (
    select s.entry_id, min(e.effective_date) as first_day, max(e.effective_date) as last_day
    from journal_source s join loyalty_event e on e.event_id = s.event_id
    group by s.entry_id
),
counted as (
    select entry_id, line_no, count(distinct event_id) filter (event_id <> entry_id) as source_count from journal_source group by all
)
select p.entry_id, p.line_no, p.account, greatest(p.amount, 0) as debit, greatest(-p.amount, 0) as credit, p.currency, p.company_id, '' as ledger_id,
       p.programme_id, p.event_kind, p.cohort, p.earn_class, case when d.first_day = d.last_day then d.first_day else $as_of_date end as effective_date,
       '' as reverses_entry_id, coalesce(c.source_count, 0) as source_count
from journal_posting p
left join dated d on d.entry_id = p.entry_id
left join counted c on c.entry_id = p.entry_id and c.line_no = p.line_no

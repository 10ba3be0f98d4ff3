-- purpose: what each journal line is made of: the events and lots behind it, and what rounding to the minor unit leaves, under the entry's own id
-- reads: journal_posting, source_part, journal_account, class_account, movement_value
-- writes: journal_source
-- parameters: none
-- invariant: sources of a line add up to its debit - credit exactly
with
of_events as (
    select p.entry_id, p.line_no, s.event_id, s.lot_id, sum(s.amount) as amount
    from source_part s
    join journal_account a on a.programme_id = s.programme_id and a.role = s.role
    left join class_account c on c.programme_id = s.programme_id and c.role = s.role and c.earn_class = s.earn_class
    join journal_posting p on p.company_id = s.company_id and p.programme_id = s.programme_id and p.currency = s.currency and p.earn_class = s.earn_class
        and p.cohort = s.cohort and p.event_kind = s.event_kind and p.account = coalesce(c.account, a.account)
    group by all having sum(s.amount) <> 0
),
units as (
    select event_id, lot_id, sum(points) as points from movement_value group by all
),
remainder as (
    select p.entry_id, p.line_no, p.amount - coalesce(sum(e.amount), 0) as amount
    from journal_posting p left join of_events e on e.entry_id = p.entry_id and e.line_no = p.line_no
    group by p.entry_id, p.line_no, p.amount
)
select e.entry_id, e.line_no, e.event_id, e.lot_id, coalesce(u.points, 0) as points, e.amount
from of_events e left join units u on u.event_id = e.event_id and u.lot_id = e.lot_id
union all
select entry_id, line_no, entry_id, '', 0, amount from remainder where amount <> 0

-- purpose: signed money of today's journal by entry and account, with the roles merged that share an account
-- reads: journal_part, journal_account, class_account
-- writes: journal_posting
-- parameters: $as_of_date
-- invariant: every entry adds up to zero per currency; a line that comes to zero is not posted
with
by_account as (
    select r.company_id, r.programme_id, r.currency, r.earn_class, r.cohort, r.event_kind,
           coalesce(c.account, a.account, 'unassigned:' || r.role) as account, sum(r.amount) as amount
    from journal_part r
    left join journal_account a on a.programme_id = r.programme_id and a.role = r.role
    left join class_account c on c.programme_id = r.programme_id and c.role = r.role and c.earn_class = r.earn_class
    group by all
),
named as (
    select sha(concat_ws('|', $as_of_date::date::varchar, company_id, '', programme_id, event_kind, cohort, earn_class, currency)) as entry_id, *
    from by_account where amount <> 0
)
select *, row_number() over (partition by entry_id order by amount < 0, account) as line_no from named

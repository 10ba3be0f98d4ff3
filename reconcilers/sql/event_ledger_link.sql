-- purpose: the ledger entries that carry an event, matched or in difference, where that changed since it was last said
-- reads: event_ledger_verdict, event_ledger_settled, event_ledger_liability, event_ledger_batch, prior_ledger_link
-- writes: event_ledger_link
-- parameters: $as_of_date
-- invariant: one row per event; entries of ours are not events
with posted as (
    select a.account_no, b.batch_id, array_to_string(b.refs, ';') as refs
    from event_ledger_batch as b
    join event_ledger_liability as a on a.ledger_id = b.ledger_id and a.company_id = b.company_id and a.account = b.account
    where b.unit_document = ''
),
settled as not materialized (
    select
        n.event_id, n.entered_on, n.is_only_ledger,
        case when n.line_id is null then p.refs else line_ref(a.ledger_id, a.company_id, n.carrier_id, n.line_id) end as refs
    from event_ledger_settled as n
    join event_ledger_liability as a on a.account_no = n.account_no
    left join posted as p on p.account_no = n.account_no and p.batch_id = n.carrier_id and n.line_id is null
),
in_several as (
    select event_id, list(refs) as refs from settled where not is_only_ledger group by event_id
),
judged as (
    select
        event_id,
        array_to_string(list_sort(list_distinct(flatten(list(case when verdict = 'break' and code = 'CL-01' then elsewhere_refs else refs end)))), ';') as ledger_refs
    from event_ledger_verdict
    where not is_own_entry
    group by all
),
-- what names an event for the first time today cannot have been said before
again as (
    select event_id, ledger_refs from judged
    union all
    select event_id, refs from settled where is_only_ledger and entered_on < $as_of_date
    union all
    select event_id, array_to_string(list_sort(list_distinct(string_split(array_to_string(refs, ';'), ';'))), ';') from in_several
),
said as (
    select p.event_id, arg_max(p.ledger_refs, p.business_date) as ledger_refs
    from prior_ledger_link as p
    semi join again as c on c.event_id = p.event_id
    where p.pair = 'event_ledger'
    group by all
)
select 'event_ledger' as pair, event_id, refs as ledger_refs
from settled
where is_only_ledger and entered_on = $as_of_date
union all
select 'event_ledger' as pair, c.event_id, c.ledger_refs
from again as c
left join said as s on s.event_id = c.event_id
where c.ledger_refs <> coalesce(s.ledger_refs, '')

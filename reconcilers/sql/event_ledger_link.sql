-- purpose: the ledger entries that carry an event, matched or in difference, where that changed since it was last said
-- reads: event_ledger_verdict, prior_ledger_link
-- writes: event_ledger_link
-- parameters: none
-- invariant: one row per event; entries of ours are not events
with carried as (
    select
        event_id,
        list_sort(list_distinct(flatten(list(case when verdict = 'break' and code = 'CL-01' then elsewhere_refs else refs end)))) as refs
    from event_ledger_verdict
    where not is_own_entry
    group by all
),
said as (
    select p.event_id, arg_max(p.ledger_refs, p.business_date) as ledger_refs
    from prior_ledger_link as p
    semi join carried as c on c.event_id = p.event_id
    where p.pair = 'event_ledger'
    group by all
)
select 'event_ledger' as pair, c.event_id, array_to_string(c.refs, ';') as ledger_refs
from carried as c
left join said as s on s.event_id = c.event_id
where array_to_string(c.refs, ';') <> coalesce(s.ledger_refs, '')

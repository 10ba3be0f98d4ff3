-- purpose: the tax lines of each redemption and reversal, matched or in difference, where that changed since it was last said
-- reads: redemption_tax_verdict, prior_ledger_link
-- writes: redemption_tax_link
-- parameters: none
-- invariant: one row per redemption or reversal
with carried as (
    select event_id, list_sort(list_distinct(flatten(list(refs)))) as refs from redemption_tax_verdict group by all
),
said as (
    select p.event_id, arg_max(p.ledger_refs, p.business_date) as ledger_refs
    from prior_ledger_link as p
    semi join carried as c on c.event_id = p.event_id
    where p.pair = 'redemption_tax'
    group by all
)
select 'redemption_tax' as pair, c.event_id, array_to_string(c.refs, ';') as ledger_refs
from carried as c
left join said as s on s.event_id = c.event_id
where array_to_string(c.refs, ';') <> coalesce(s.ledger_refs, '')

-- purpose: where lots migrated up to go-live stand in the ledger: the control account's balance of that day, not a line
-- reads: allocation_draft, loyalty_event, programme, programme_account, ledger_balance
-- writes: settled_opening
-- parameters: none
-- invariant: one row per migrated lot whose opening balance was delivered
with migrated as (
    select distinct a.lot_id, p.programme_id, p.company_id, p.go_live
    from allocation_draft as a
    join loyalty_event as e on e.event_id = a.lot_id
    join programme as p on p.programme_id = e.programme_id
    where e.earn_class = 'migrated' and e.effective_date <= p.go_live
)
select
    m.lot_id,
    array_to_string(list_sort(list_distinct(list(concat_ws('/', b.ledger_id, b.company_id, b.account, m.programme_id)))), ';') as ledger_refs
from migrated as m
join programme_account as a on a.programme_id = m.programme_id and a.role = 'liability'
join ledger_balance as b
    on b.as_of_date = m.go_live
    and b.company_id = m.company_id
    and b.account = a.account
    and coalesce(b.member_id, '') = ''
    and coalesce(nullif(b.programme_id, ''), m.programme_id) = m.programme_id
group by m.lot_id

-- purpose: the sale line of the order for redemptions whose money is zero: nothing is posted for them but the sale itself
-- reads: allocation_draft, loyalty_event, programme, programme_ledger, programme_account, ledger_line
-- writes: settled_sale
-- parameters: none
-- invariant: at most one row per redemption; only redemptions without money in every measure the ledgers carry
with redemption as (
    select redemption_event_id, sum(abs(released_amount)) as released_amount from allocation_draft group by redemption_event_id
),
measure as (
    select p.programme_id, coalesce(l.measure, p.ledger_measure) as measure
    from programme as p
    left join programme_ledger as l on l.programme_id = p.programme_id
),
moneyless as (
    select e.event_id, e.order_id, e.programme_id, p.company_id
    from redemption as r
    join loyalty_event as e on e.event_id = r.redemption_event_id
    join programme as p on p.programme_id = e.programme_id
    join measure as m on m.programme_id = e.programme_id
    where e.order_id <> ''
    group by e.event_id, e.order_id, e.programme_id, p.company_id
    having max(case when m.measure = 'deferred' then abs(r.released_amount) else abs(coalesce(e.face_amount, 0)) end) = 0
)
select
    m.event_id,
    array_to_string(list_sort(list(concat_ws('/', l.ledger_id, l.company_id, l.document_id, l.line_id))), ';') as ledger_refs
from moneyless as m
join programme_account as a on a.programme_id = m.programme_id and a.role = 'sales'
join ledger_line as l
    on l.order_id = m.order_id
    and l.company_id = m.company_id
    and l.account = a.account
    and not coalesce(l.is_tax_line, false)
    -- lines of another loyalty event of the order are not its sale
    and coalesce(nullif(l.event_id, ''), m.event_id) = m.event_id
    and coalesce(l.batch_id, '') = ''
group by m.event_id

-- purpose: what carries each event in each ledger: its own lines, a batch by its manifest, our entry by its batch id, a loose line by the ladder
-- reads: event_ledger_left, event_ledger_entry, event_ledger_manifest, event_ledger_batch, event_ledger_candidate, event_ledger_grouped, event_ledger_loose, ledger_line, event_ledger_netted
-- writes: event_ledger_carrier
-- parameters: none
-- invariant: owed is +; one row per event, ledger and line, or per event, ledger and posted unit of a batch or group
select
    e.event_id, e.ledger_id, 'exact_id' as rung, 'document ' || x.document_id as carrier, [x.ref] as refs,
    x.points, x.amount, x.currency, x.posting_date, x.fiscal_year, x.fiscal_period
from event_ledger_left as e
join event_ledger_entry as x on x.event_id = e.event_id and x.ledger_id = e.ledger_id and x.company_id = e.company_id and x.account = e.account
union all
select
    e.event_id, e.ledger_id, 'manifest' as rung, 'batch ' || b.batch_id || ' ' || b.unit_document as carrier, b.refs,
    m.points, m.amount, b.currency, b.first_posting.d as posting_date, b.first_posting.y as fiscal_year, b.first_posting.p as fiscal_period
from event_ledger_left as e
join event_ledger_manifest as m on m.event_id = e.event_id
join event_ledger_batch as b
    on b.batch_id = m.batch_id and b.ledger_id = e.ledger_id and b.company_id = e.company_id and b.account = e.account and b.carries_members
union all
select
    e.event_id, e.ledger_id, 'exact_id' as rung, 'document ' || l.document_id as carrier,
    [line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id)] as refs,
    -l.points as points, -l.amount as amount, l.currency, l.posting_date, l.fiscal_year, l.fiscal_period
from event_ledger_left as e
join ledger_line as l
    on l.batch_id = e.event_id and l.ledger_id = e.ledger_id and l.company_id = e.company_id and l.account = e.account
    and nullif(l.event_id, '') is null and not coalesce(l.is_tax_line, false)
anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
where e.is_own_entry
union all
select
    e.event_id, e.ledger_id, c.rung, 'document ' || l.document_id as carrier, [l.ref] as refs,
    l.points, l.amount, l.currency, l.posting_date, l.fiscal_year, l.fiscal_period
from event_ledger_left as e
join event_ledger_candidate as c on c.event_id = e.event_id and c.ledger_id = e.ledger_id and c.is_settled
join event_ledger_loose as l on l.ref = c.ref
union all
-- the sums of a group are equal, so each event is carried as it is
select
    e.event_id, e.ledger_id, 'group_sum' as rung, g.unit as carrier, g.refs,
    case when g.has_points then e.points end as points, e.amount, l.currency, l.posting_date, l.fiscal_year, l.fiscal_period
from event_ledger_left as e
join event_ledger_grouped as g on g.event_id = e.event_id and g.ledger_id = e.ledger_id and g.outcome = 'confirm'
join event_ledger_loose as l on l.ref = g.first_ref

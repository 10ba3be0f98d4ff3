-- purpose: documents that cancel one another: a reversal and what it reverses, where every account nets to zero
-- reads: ledger_line, event_ledger_reversal
-- writes: event_ledger_netted
-- parameters: none
-- invariant: a reversal that was itself reversed cancels nothing; both of that pair drop out and the first document stands again
with document as (
    select ledger_id, company_id, reversal_id, original_id, unnest([reversal_id, original_id]) as document_id from event_ledger_reversal where reversal_id <> original_id
    union all
    select ledger_id, company_id, reversal_id, original_id, reversal_id as document_id from event_ledger_reversal where reversal_id = original_id
),
member as (
    select d.ledger_id, d.company_id, d.reversal_id, d.original_id, d.document_id, l.account, l.currency, l.amount, l.points
    from document as d
    join ledger_line as l on l.ledger_id = d.ledger_id and l.company_id = d.company_id and l.document_id = d.document_id
),
account_net as (
    select ledger_id, company_id, reversal_id, original_id, account, currency, sum(amount) as amount, coalesce(sum(points), 0) as points
    from member
    group by all
),
complete as (
    select ledger_id, company_id, reversal_id, original_id
    from member
    group by all
    having count(distinct document_id) = 2
),
netting as (
    select c.ledger_id, c.company_id, c.reversal_id, c.original_id
    from complete as c
    anti join (select * from account_net where amount <> 0 or points <> 0) as n
        on n.ledger_id = c.ledger_id and n.company_id = c.company_id and n.reversal_id = c.reversal_id and n.original_id = c.original_id
),
effective as (
    select n.*
    from netting as n
    anti join netting as later on later.ledger_id = n.ledger_id and later.company_id = n.company_id and later.original_id = n.reversal_id
),
first_reversal as (
    -- one document is reversed once; a second reversal of it stays a line of its own
    select ledger_id, company_id, original_id, min(reversal_id) as reversal_id from effective group by all
)
select ledger_id, company_id, reversal_id as document_id, original_id as other_id from first_reversal
union all
select ledger_id, company_id, original_id as document_id, reversal_id as other_id from first_reversal

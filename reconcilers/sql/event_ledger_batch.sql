-- purpose: summarised postings against their manifest: one row per posted unit (the batch, or each document where the batch was posted again)
-- reads: ledger_line, event_ledger_manifest, event_ledger_settled, event_ledger_active_batch, event_ledger_liability, event_ledger_netted
-- writes: event_ledger_batch
-- parameters: none
-- invariant: the lines of a batch are in one unit each; members are carried by the units that have carries_members
with settled as (
    select n.carrier_id as batch_id, s.ledger_id, s.company_id, s.account, sum(n.points) as points, sum(n.amount) as amount
    from event_ledger_settled as n
    join event_ledger_liability as s on s.account_no = n.account_no
    where n.line_id is null
    group by all
),
batch_id_of as (
    select batch_id from event_ledger_manifest
    union
    select batch_id from settled
),
line as (
    select
        l.ledger_id, l.company_id, l.account, l.batch_id, l.document_id, l.currency, -l.points as points, -l.amount as amount,
        l.posting_date, l.fiscal_year, l.fiscal_period,
        line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id) as ref,
        case when list_contains(s.programmes, l.programme_id) then l.programme_id else s.programme_id end as programme_id
    from ledger_line as l
    semi join batch_id_of as b on b.batch_id = l.batch_id
    join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    anti join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    where nullif(l.event_id, '') is null and not coalesce(l.is_tax_line, false)
),
document as (
    select
        ledger_id, company_id, account, batch_id, currency, document_id, min(programme_id) as programme_id,
        list(ref order by ref) as refs, sum(points) as points, sum(amount) as amount,
        arg_min({'d': posting_date, 'y': fiscal_year, 'p': fiscal_period}, (posting_date, ref)) as first_posting
    from line
    group by all
),
side as (
    select distinct ledger_id, company_id, account, batch_id from document
),
stated as (
    -- what the manifest says this account received: members of programmes that post here, and members nobody knows
    select
        d.ledger_id, d.company_id, d.account, d.batch_id,
        coalesce(sum(m.points), 0) + coalesce(any_value(n.points), 0) as points, coalesce(sum(m.amount), 0) + coalesce(any_value(n.amount), 0) as amount,
        coalesce(sum(m.points) filter (not m.is_known), 0) as unknown_points, coalesce(sum(m.amount) filter (not m.is_known), 0) as unknown_amount,
        list(m.event_id order by m.event_id) filter (not m.is_known) as unknown_members
    from side as d
    left join event_ledger_manifest as m on m.batch_id = d.batch_id and (not m.is_known or (m.company_id = d.company_id and m.account = d.account))
    left join settled as n on n.batch_id = d.batch_id and n.ledger_id = d.ledger_id and n.company_id = d.company_id and n.account = d.account
    group by all
),
compared as (
    select
        d.*, s.points as stated_points, s.amount as stated_amount, s.unknown_points, s.unknown_amount, s.unknown_members,
        d.amount = s.amount and coalesce(d.points, s.points) = s.points as document_ties,
        sum(d.amount) over whole = s.amount and coalesce(sum(d.points) over whole, s.points) = s.points as whole_ties
    from document as d
    join stated as s on s.ledger_id = d.ledger_id and s.company_id = d.company_id and s.account = d.account and s.batch_id = d.batch_id
    window whole as (partition by d.ledger_id, d.company_id, d.account, d.batch_id, d.currency)
),
posted as (
    select
        *,
        count(*) filter (document_ties) over whole as tying_documents,
        -- posted again: every document that carries the whole batch is a unit; otherwise the documents together are one
        case when not whole_ties and count(*) filter (document_ties) over whole > 0 then document_id else '' end as unit_document
    from compared
    window whole as (partition by ledger_id, company_id, account, batch_id, currency)
)
select
    p.ledger_id, p.company_id, p.account, p.batch_id, p.currency, p.unit_document,
    min(p.programme_id) as programme_id,
    list_sort(flatten(list(p.refs order by p.document_id))) as refs,
    count(*) as document_count,
    sum(p.points) as points, sum(p.amount) as amount,
    any_value(p.stated_points) as stated_points, any_value(p.stated_amount) as stated_amount,
    any_value(p.unknown_points) as unknown_points, any_value(p.unknown_amount) as unknown_amount, any_value(p.unknown_members) as unknown_members,
    bool_and(p.whole_ties or p.document_ties) as ties,
    bool_and(p.whole_ties or p.document_ties or p.tying_documents = 0) as carries_members,
    arg_min(p.first_posting, (p.first_posting.d, p.document_id)) as first_posting,
    p.batch_id in (select batch_id from event_ledger_active_batch) as is_active
from posted as p
group by all

-- purpose: where the ledger lines that arrived today ended, counted by disposition, reason and currency
-- reads: ledger_line, event_ledger_rest, event_ledger_liability, event_ledger_netted, event_ledger_verdict, event_ledger_line_finding, event_ledger_carrier, event_ledger_batch, programme, programme_account
-- writes: event_ledger_line_outcome
-- parameters: $as_of_date
-- invariant: every line of today is counted once; a liability line whose event is not left over is the one line that settled it
with line as (
    select
        l.ledger_id, l.company_id, l.document_id, l.account, l.currency, l.points, l.amount, coalesce(l.is_tax_line, false) as is_tax_line,
        -- the rest is asked for by name only where it can have an answer of its own
        case when r.event_id is not null or nullif(l.event_id, '') is null then line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id) end as ref
    from ledger_line as l
    left join event_ledger_rest as r on r.event_id = l.event_id
    where l.business_date = $as_of_date
),
own_account as (
    select distinct p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id
),
company as (select distinct company_id from programme),
of_event as (
    select k.ref, min(v.verdict) as verdict, min(v.code) as code, min(k.rung) as rung
    from (select event_id, ledger_id, rung, unnest(refs) as ref from event_ledger_carrier where rung <> 'manifest') as k
    join event_ledger_verdict as v on v.event_id = k.event_id and v.ledger_id = k.ledger_id
    group by all
),
answer as (
    select unnest(elsewhere_refs) as ref, 1 as rank, 'break/CL-01' as place from event_ledger_verdict where code = 'CL-01'
    union all
    select right_ref as ref, 2 as rank, 'break/' || code as place from event_ledger_line_finding
    union all
    select
        unnest(refs) as ref, 3 as rank,
        case when not ties then 'break/AM-08' when coalesce(len(unknown_members), 0) > 0 then 'break/MS-02' else 'matched/manifest' end as place
    from event_ledger_batch
    union all
    select
        ref, 4 as rank,
        case
            when verdict in ('break', 'expected') then verdict || '/' || code
            when verdict = 'matched' then 'matched/' || case when code = 'AM-03' then 'tolerance' else rung end
            else 'excluded/zero_value'
        end as place
    from of_event
),
answer_of as (select ref, min(rank) as rank, arg_min(place, (rank, place)) as place from answer group by ref),
placed as (
    select
        l.currency, l.points, l.amount,
        case
            when l.is_tax_line then 'excluded/tax_line'
            when n.document_id is not null then 'excluded/reversed_document'
            when a.rank = 1 then a.place
            when s.ledger_id is null and o.account is not null then 'excluded/counter_account'
            when s.ledger_id is null and c.company_id is null then 'excluded/other_company'
            when s.ledger_id is null then 'excluded/out_of_scope'
            when l.ref is null then 'matched/exact_id'
            else coalesce(a.place, 'excluded/zero_value')
        end as place
    from line as l
    left join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    left join event_ledger_liability as s on s.ledger_id = l.ledger_id and s.company_id = l.company_id and s.account = l.account
    left join own_account as o on o.company_id = l.company_id and o.account = l.account
    left join company as c on c.company_id = l.company_id
    left join answer_of as a on a.ref = l.ref
)
select split_part(place, '/', 1) as disposition, split_part(place, '/', 2) as reason, currency, count(*) as row_count, sum(points) as points, sum(amount) as amount
from placed
group by place, currency

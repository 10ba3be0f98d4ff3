-- purpose: where the input rows of today ended in this pair; with the rows that did not enter they add back to what was read
-- reads: loyalty_event, ledger_line, event_ledger_netted, redemption_tax_verdict, input_total
-- writes: redemption_tax_ending
-- parameters: $as_of_date
-- invariant: every row of both tables in exactly one disposition
with outcome as (
    select
        event_id, verdict, ledger_id, refs,
        case
            when verdict = 'matched' then case when code = 'AM-03' then 'tolerance' else rung end
            when verdict = 'excluded' and code = '' and (left_base <> 0 or left_tax <> 0) then 'ledger_shows_no_tax'
            when verdict = 'excluded' then 'zero_base'
            else code
        end as reason,
        list_position(['break', 'expected', 'matched', 'excluded'], verdict) as rank
    from redemption_tax_verdict
),
event_outcome as (
    select event_id, arg_min(verdict, (rank, ledger_id)) as disposition, arg_min(reason, (rank, ledger_id)) as reason from outcome group by all
),
line_outcome as (
    select ref, arg_min(verdict, (rank, event_id)) as disposition, arg_min(reason, (rank, event_id)) as reason
    from (select unnest(refs) as ref, verdict, reason, rank, event_id from outcome)
    group by all
),
event_row as (
    select
        'left' as side, 'loyalty_event' as "table",
        coalesce(o.disposition, 'excluded') as disposition,
        coalesce(o.reason, case when e.kind = 'redemption' then 'no_tax' else 'not_redemption' end) as reason,
        coalesce(e.currency, '') as currency, e.points, cast(0 as decimal(18, 4)) as amount
    from loyalty_event as e
    left join event_outcome as o on o.event_id = e.event_id
    where e.business_date = $as_of_date
),
line_row as (
    select
        'right' as side, 'ledger_line' as "table",
        case when coalesce(l.is_tax_line, false) and n.document_id is null then coalesce(o.disposition, 'excluded') else 'excluded' end as disposition,
        case
            when not coalesce(l.is_tax_line, false) then 'not_tax_line'
            when n.document_id is not null then 'reversed_document'
            else coalesce(o.reason, 'sale_tax')
        end as reason,
        coalesce(l.currency, '') as currency, l.points, l.amount
    from ledger_line as l
    left join event_ledger_netted as n on n.ledger_id = l.ledger_id and n.company_id = l.company_id and n.document_id = l.document_id
    left join line_outcome as o on o.ref = line_ref(l.ledger_id, l.company_id, l.document_id, l.line_id)
    where l.business_date = $as_of_date
),
kept_out as (
    select
        case "table" when 'loyalty_event' then 'left' else 'right' end as side, "table", disposition, reason, coalesce(currency, '') as currency,
        row_count, points, amount
    from input_total
    where "table" in ('loyalty_event', 'ledger_line')
),
counted as (
    select *, 1 as row_count from event_row
    union all by name
    select *, 1 as row_count from line_row
    union all by name
    select * from kept_out
)
select
    'redemption_tax' as pair, side, "table", disposition, reason, currency,
    sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by all

-- purpose: where the input rows of today ended in this pair; with the rows that did not enter they add back to what was read
-- reads: loyalty_event, event_ledger_event_outcome, event_ledger_line_outcome, posting_manifest, event_ledger_batch, input_total
-- writes: event_ledger_ending
-- parameters: $as_of_date
-- invariant: every row of the three tables in exactly one disposition
with posted_batch as (select distinct batch_id from event_ledger_batch),
event_row as (
    select
        'left' as side, 'loyalty_event' as "table", coalesce(o.disposition, 'excluded') as disposition, coalesce(o.reason, 'out_of_scope') as reason,
        coalesce(e.currency, '') as currency, e.points, cast(0 as decimal(18, 4)) as amount
    from loyalty_event as e
    left join event_ledger_event_outcome as o on o.event_id = e.event_id
    where e.business_date = $as_of_date
),
line_row as (
    select 'right' as side, 'ledger_line' as "table", disposition, reason, coalesce(currency, '') as currency, points, amount from event_ledger_line_outcome
),
manifest_row as (
    select
        'right' as side, 'posting_manifest' as "table",
        case when b.batch_id is null then 'excluded' when o.event_id is null then 'break' else o.disposition end as disposition,
        case when b.batch_id is null then 'batch_not_posted' when o.event_id is null then 'MS-02' else o.reason end as reason,
        '' as currency, m.points, m.amount
    from posting_manifest as m
    left join posted_batch as b on b.batch_id = m.batch_id
    left join event_ledger_event_outcome as o on o.event_id = m.event_id
    where m.business_date = $as_of_date
),
kept_out as (
    select
        case "table" when 'loyalty_event' then 'left' else 'right' end as side, "table", disposition, reason, coalesce(currency, '') as currency,
        row_count, points, amount
    from input_total
    where "table" in ('loyalty_event', 'ledger_line', 'posting_manifest')
),
counted as (
    select *, 1 as row_count from event_row
    union all by name
    select *, 1 as row_count from line_row
    union all by name
    select *, 1 as row_count from manifest_row
    union all by name
    select * from kept_out
)
select
    'event_ledger' as pair, side, "table", disposition, reason, currency,
    sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by all

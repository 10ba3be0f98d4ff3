-- purpose: where the input rows of today ended in this pair; with the rows that did not enter they add back to what was read
-- reads: loyalty_event, event_ledger_settled, event_ledger_rest, event_ledger_scope, event_ledger_verdict, event_ledger_line_outcome, posting_manifest, event_ledger_batch, input_total
-- writes: event_ledger_ending
-- parameters: $as_of_date
-- invariant: every row of the three tables in exactly one disposition
with posted_batch as (select distinct batch_id from event_ledger_batch),
outcome as (
    -- over all ledgers of an event: a break in any of them wins, then in transit, then matched
    select
        event_id,
        arg_min(verdict, (list_position(['break', 'expected', 'matched', 'excluded'], verdict), ledger_id)) as disposition,
        arg_min(
            case when verdict in ('break', 'expected') then code when verdict = 'excluded' then excuse when code = 'AM-03' then 'tolerance' else coalesce(rung, 'zero_value') end,
            (list_position(['break', 'expected', 'matched', 'excluded'], verdict), ledger_id)
        ) as reason
    from event_ledger_verdict
    group by event_id
),
event_row as (
    select
        coalesce(o.disposition, 'excluded') as disposition, coalesce(o.reason, 'out_of_scope') as reason, e.currency, e.points
    from loyalty_event as e
    left join outcome as o on o.event_id = e.event_id
    where e.business_date = $as_of_date
        and (e.event_id in (select event_id from event_ledger_rest) or e.programme_id not in (select programme_id from event_ledger_scope))
    union all
    select 'matched' as disposition, case when line_id is null then 'manifest' else 'exact_id' end as reason, currency, points
    from event_ledger_settled
    where event_day = $as_of_date and is_first_ledger
),
manifest_row as (
    select
        case when b.batch_id is null then 'excluded' when r.event_id is null then 'matched' when o.event_id is null then 'break' else o.disposition end as disposition,
        case when b.batch_id is null then 'batch_not_posted' when r.event_id is null then 'manifest' when o.event_id is null then 'MS-02' else o.reason end as reason,
        m.points, m.amount
    from posting_manifest as m
    left join posted_batch as b on b.batch_id = m.batch_id
    left join event_ledger_rest as r on r.event_id = m.event_id
    left join outcome as o on o.event_id = m.event_id
    where m.business_date = $as_of_date
),
counted as (
    select 'left' as side, 'loyalty_event' as "table", disposition, reason, currency, count(*) as row_count, sum(points) as points, 0 as amount
    from event_row
    group by disposition, reason, currency
    union all
    select 'right' as side, 'ledger_line' as "table", disposition, reason, currency, row_count, points, amount from event_ledger_line_outcome
    union all
    select 'right' as side, 'posting_manifest' as "table", disposition, reason, '' as currency, count(*) as row_count, sum(points) as points, sum(amount) as amount
    from manifest_row
    group by disposition, reason
    union all
    select
        case "table" when 'loyalty_event' then 'left' else 'right' end as side, "table", disposition, reason, currency, row_count, points, amount
    from input_total
    where "table" in ('loyalty_event', 'ledger_line', 'posting_manifest')
)
select
    'event_ledger' as pair, side, "table", disposition, reason, coalesce(currency, '') as currency,
    sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", disposition, reason, coalesce(currency, '')

-- purpose: where today's rows end in a pair that is not judged because one of its sides has no delivery: excluded, feed_missing
-- reads: loyalty_event, ledger_line, posting_manifest, input_total
-- writes: disposition_feed_missing
-- parameters: $pair, $as_of_date
-- invariant: rows that did not enter keep their own reason
with arrived as (
    select 'loyalty_event' as "table", coalesce(currency, '') as currency, points, cast(0 as decimal(18, 4)) as amount from loyalty_event where business_date = $as_of_date
    union all
    select 'ledger_line' as "table", coalesce(currency, '') as currency, points, amount from ledger_line where business_date = $as_of_date
    union all
    select 'posting_manifest' as "table", '' as currency, points, amount from posting_manifest where business_date = $as_of_date
),
counted as (
    select "table", 'excluded' as disposition, 'feed_missing' as reason, currency, 1 as row_count, points, amount from arrived
    union all
    select "table", disposition, reason, coalesce(currency, '') as currency, row_count, points, amount
    from input_total
    where "table" in ('loyalty_event', 'ledger_line', 'posting_manifest')
)
select
    $pair as pair, case "table" when 'loyalty_event' then 'left' else 'right' end as side, "table", disposition, reason, currency,
    sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
where "table" <> 'posting_manifest' or $pair = 'event_ledger'
group by all

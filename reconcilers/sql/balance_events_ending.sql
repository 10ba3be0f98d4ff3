-- purpose: where every balance and loyalty event of today ended in the pair balance_events
-- reads: loyalty_balance, loyalty_event, balance_events_row, input_total
-- writes: balance_events_ending
-- parameters: $as_of_date, $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with arrived as (
    select 'left' as side, 'loyalty_balance' as "table", programme_id, global_id, currency, points, amount, as_of_date = $as_of_date as is_of_today
    from loyalty_balance where business_date = $as_of_date
    union all
    select 'right', 'loyalty_event', programme_id, global_id, currency, points, null, true from loyalty_event where business_date = $as_of_date
),
ended as (
    select
        a.side, a."table", a.currency, a.points, a.amount,
        case
            when not $judged then 'excluded feed_missing'
            when not a.is_of_today then 'excluded earlier_day'
            when r.is_different then 'break ' || coalesce(r.identity_code, 'BL-01')
            when r.is_negative or r.is_above_cap then 'break BL-02'
            else 'matched exact_id'
        end as ending
    from arrived as a
    left join balance_events_row as r on r.programme_id = a.programme_id and r.global_id = a.global_id
),
counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by side, "table", currency, ending
    union all
    select case "table" when 'loyalty_balance' then 'left' else 'right' end, "table", currency, disposition || ' ' || reason, row_count, points, amount
    from input_total where "table" in ('loyalty_balance', 'loyalty_event')
)
select
    'balance_events' as pair, side, "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency, sum(row_count) as row_count,
    coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", ending, currency

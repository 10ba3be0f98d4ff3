-- purpose: where every balance of either side of today ended in the pair member_balance
-- reads: member_balance_read, member_balance_certified, member_balance_row, member_balance_difference, input_total
-- writes: member_balance_ending
-- parameters: $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with stray as (select programme_id, global_id, compared_currency from member_balance_read where is_stray),
compared_elsewhere as (
    select distinct c.programme_id, c.global_id, c.compared_currency
    from member_balance_read as c
    semi join stray as s on s.programme_id = c.programme_id and s.global_id = c.global_id and s.compared_currency = c.compared_currency
    where c.reason is null
),
ended as (
    select
        r.is_left, r.currency, r.points, r.amount,
        case
            when r.reason is not null and not (r.is_stray and (d.code is not null or c.global_id is not null)) then r.reason
            else coalesce(d.code, 'exact_id')
        end as ending
    from member_balance_read as r
    left join member_balance_difference as d on d.programme_id = r.programme_id and d.global_id = r.global_id and d.currency = r.compared_currency
    left join compared_elsewhere as c
        on c.programme_id = r.programme_id and c.global_id = r.global_id and c.compared_currency = r.compared_currency and r.is_stray
),
joined as (
    select true as is_left, stated_currency as currency, status as ending, count(*) as row_count, sum(left_points) as points, sum(stated_amount) as amount
    from member_balance_row
    where is_joined and has_left
    group by stated_currency, status
    union all
    select false, currency, status, count(*), -sum(right_points), -sum(right_amount)
    from member_balance_row
    where is_joined and has_right
    group by currency, status
),
counted as (
    select is_left, currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by is_left, currency, ending
    union all
    select is_left, currency, ending, sum(row_count), sum(points), sum(amount)
    from (
        select is_left, currency, coalesce(reason, 'exact_id') as ending, row_count, points, amount from member_balance_certified
        union all
        from joined
        union all
        -- counted as certified until here
        select is_left, currency, 'exact_id', -row_count, -points, -amount from joined
    ) as unread
    group by is_left, currency, ending
    having sum(row_count) <> 0
),
named as (
    select
        is_left, currency, row_count, points, amount,
        case when not $judged and ending not in ('out_of_scope', 'control_account') then 'feed_missing' else ending end as reason
    from counted
),
disposed as (
    select
        is_left, currency, row_count, points, amount, reason,
        case
            when reason = 'exact_id' then 'matched'
            when reason = 'TM-01' then 'expected'
            when reason in ('feed_missing', 'out_of_scope', 'control_account', 'earlier_day', 'not_carried') then 'excluded'
            else 'break'
        end as disposition
    from named
    union all
    select "table" = 'loyalty_balance', currency, row_count, points, amount, reason, disposition
    from input_total where "table" in ('loyalty_balance', 'ledger_balance')
)
select
    'member_balance' as pair, case when is_left then 'left' else 'right' end as side, case when is_left then 'loyalty_balance' else 'ledger_balance' end as "table",
    disposition, reason, currency, sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from disposed
group by is_left, disposition, reason, currency

-- purpose: where every balance of either side of today ended in the pair member_balance
-- reads: member_balance_read, member_balance_certified, member_balance_difference, input_total
-- writes: member_balance_ending
-- parameters: $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with stray as (select programme_id, global_id, compared_currency from member_balance_read where is_stray),
compared_elsewhere as (
    select distinct c.programme_id, c.global_id, c.compared_currency
    from member_balance_read as c
    semi join stray as s on s.programme_id = c.programme_id and s.global_id = c.global_id and s.compared_currency = c.compared_currency
    where c.ending = 'matched exact_id'
),
ended as (
    select
        a.side, a."table", a.currency, a.points, a.amount,
        case
            when a.ending in ('excluded out_of_scope', 'excluded control_account') then a.ending
            when not $judged then 'excluded feed_missing'
            when a.ending <> 'matched exact_id' and not a.is_stray then a.ending
            when d.code = 'TM-01' then 'expected TM-01'
            when d.code is not null then 'break ' || d.code
            when a.is_stray and c.global_id is null then a.ending
            else 'matched exact_id'
        end as ending
    from member_balance_read as a
    left join member_balance_difference as d on d.programme_id = a.programme_id and d.global_id = a.global_id and d.currency = a.compared_currency
    left join compared_elsewhere as c
        on c.programme_id = a.programme_id and c.global_id = a.global_id and c.compared_currency = a.compared_currency and a.is_stray
),
counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by side, "table", currency, ending
    union all
    select side, "table", currency, ending, row_count, points, amount from member_balance_certified
    union all
    select case "table" when 'loyalty_balance' then 'left' else 'right' end, "table", currency, disposition || ' ' || reason, row_count, points, amount
    from input_total where "table" in ('loyalty_balance', 'ledger_balance')
)
select
    'member_balance' as pair, side, "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency, sum(row_count) as row_count,
    coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", ending, currency

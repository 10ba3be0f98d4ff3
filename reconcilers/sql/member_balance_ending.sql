-- purpose: where every balance of either side of today ended in the pair member_balance
-- reads: loyalty_balance, ledger_balance, programme, programme_account, member_balance_difference, member_balance_row, input_total
-- writes: member_balance_ending
-- parameters: $as_of_date, $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with liability as (
    select p.company_id, a.account, case when count(*) = 1 then min(p.programme_id) end as only_programme_id
    from programme as p
    join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
    group by p.company_id, a.account
),
arrived as (
    select
        'left' as side, 'loyalty_balance' as "table", b.programme_id, b.global_id, b.currency, coalesce(b.currency, p.currency) as compared_currency, b.points, b.amount,
        case when b.as_of_date <> $as_of_date then 'excluded earlier_day' end as beforehand
    from loyalty_balance as b
    left join programme as p on p.programme_id = b.programme_id
    where b.business_date = $as_of_date
    union all
    select
        'right', 'ledger_balance', coalesce(b.programme_id, l.only_programme_id), b.global_id, b.currency, b.currency, b.points, b.amount,
        case
            when l.account is null then 'excluded out_of_scope'
            when coalesce(b.member_id, '') = '' then 'excluded control_account'
            when b.as_of_date <> $as_of_date then 'excluded earlier_day'
        end
    from ledger_balance as b
    left join liability as l on l.company_id = b.company_id and l.account = b.account
    where b.business_date = $as_of_date
),
compared as (select distinct programme_id, global_id, currency from member_balance_row),
ended as (
    select
        a.side, a."table", a.currency, a.points, a.amount,
        case
            when a.beforehand is not null and a.beforehand <> 'excluded earlier_day' then a.beforehand
            when not $judged then 'excluded feed_missing'
            when a.beforehand is not null then a.beforehand
            when d.code = 'TM-01' then 'expected TM-01'
            when d.code is not null then 'break ' || d.code
            when c.global_id is null then 'excluded not_carried'
            else 'matched exact_id'
        end as ending
    from arrived as a
    left join member_balance_difference as d on d.programme_id = a.programme_id and d.global_id = a.global_id and d.currency = a.compared_currency
    left join compared as c on c.programme_id = a.programme_id and c.global_id = a.global_id and c.currency = a.compared_currency
),
counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by side, "table", currency, ending
    union all
    select case "table" when 'loyalty_balance' then 'left' else 'right' end, "table", currency, disposition || ' ' || reason, row_count, points, amount
    from input_total where "table" in ('loyalty_balance', 'ledger_balance')
)
select
    'member_balance' as pair, side, "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency, sum(row_count) as row_count,
    coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", ending, currency

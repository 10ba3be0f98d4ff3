-- purpose: where every ledger balance of today ended in the pair control_account
-- reads: ledger_balance, programme, programme_account, control_account_row, control_account_difference, input_total
-- writes: control_account_ending
-- parameters: $as_of_date, $judged
-- invariant: adds back to the rows that entered today and those of input_total
with liability as (
    select distinct p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id and a.role = 'liability'
),
compared as (
    select r.ledger_id, r.company_id, r.account, r.currency, r.stated_programme_id, d.code
    from control_account_row as r
    left join control_account_difference as d on d.business_key = r.business_key and d.currency = r.currency
),
ended as (
    select
        b.currency, b.points, b.amount,
        case
            when l.account is null then 'excluded out_of_scope'
            when coalesce(b.member_id, '') <> '' then 'excluded member_row'
            when not $judged then 'excluded feed_missing'
            when c.code = 'BL-03' then 'break BL-03'
            when b.as_of_date <> $as_of_date then 'excluded earlier_day'
            when c.ledger_id is null then 'excluded not_carried'
            when c.code is not null then 'break ' || c.code
            else 'matched account'
        end as ending
    from ledger_balance as b
    left join liability as l on l.company_id = b.company_id and l.account = b.account
    left join compared as c on c.ledger_id = b.ledger_id and c.company_id = b.company_id and c.account = b.account and c.currency = b.currency
        and c.stated_programme_id = coalesce(b.programme_id, '')
    where b.business_date = $as_of_date
),
counted as (
    select currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by currency, ending
    union all
    select currency, disposition || ' ' || reason, row_count, points, amount from input_total where "table" = 'ledger_balance'
)
select
    'control_account' as pair, 'right' as side, 'ledger_balance' as "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency,
    sum(row_count) as row_count, coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by ending, currency

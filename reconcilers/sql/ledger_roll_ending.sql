-- purpose: where every ledger line and ledger balance of today ended in the pair ledger_roll
-- reads: ledger_line, ledger_balance, ledger_roll_row, ledger_roll_difference, programme, programme_account, input_total
-- writes: ledger_roll_ending
-- parameters: $as_of_date, $judged
-- invariant: adds back to the rows that entered today and those of input_total, per table
with named as (
    select distinct p.company_id, a.account from programme as p join programme_account as a on a.programme_id = p.programme_id
),
compared as (
    select r.ledger_id, r.company_id, r.account, r.currency, r.is_opening, d.code
    from ledger_roll_row as r
    left join ledger_roll_difference as d on d.business_key = r.business_key and d.currency = r.currency
),
arrived as (
    select
        'left' as side, 'ledger_line' as "table", ledger_id, company_id, account, currency, points, amount, false as is_member_row, true as is_of_today
    from ledger_line where business_date = $as_of_date
    union all
    select 'right', 'ledger_balance', ledger_id, company_id, account, currency, points, amount, coalesce(member_id, '') <> '', as_of_date = $as_of_date
    from ledger_balance where business_date = $as_of_date
),
ended as (
    select
        a.side, a."table", a.currency, a.points, a.amount,
        case
            when n.account is null then 'excluded out_of_scope'
            when a.is_member_row then 'excluded member_row'
            when not $judged then 'excluded feed_missing'
            when not a.is_of_today then 'excluded earlier_day'
            when c.ledger_id is null then 'excluded no_balance'
            when c.is_opening then 'excluded opening'
            when c.code is not null then 'break ' || c.code
            else 'matched account'
        end as ending
    from arrived as a
    left join named as n on n.company_id = a.company_id and n.account = a.account
    left join compared as c on c.ledger_id = a.ledger_id and c.company_id = a.company_id and c.account = a.account and c.currency = a.currency
),
counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount from ended group by side, "table", currency, ending
    union all
    select case "table" when 'ledger_line' then 'left' else 'right' end, "table", currency, disposition || ' ' || reason, row_count, points, amount
    from input_total where "table" in ('ledger_line', 'ledger_balance')
)
select
    'ledger_roll' as pair, side, "table", split_part(ending, ' ', 1) as disposition, split_part(ending, ' ', 2) as reason, currency, sum(row_count) as row_count,
    coalesce(sum(points), 0) as points, coalesce(sum(amount), 0) as amount
from counted
group by side, "table", ending, currency

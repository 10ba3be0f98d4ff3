-- purpose: how many rows need not be read one by one, and their sums: all that arrived less those that are
-- reads: member_balance_arrived, member_balance_suspect
-- writes: member_balance_certified
-- parameters: none
-- invariant: adds up with the suspect rows to what entered, in rows, points and money, per side and currency; without a reason they agree
with counted as (
    select is_left, currency, reason, count(*) as row_count, sum(points) as points, sum(amount) as amount
    from member_balance_arrived
    group by is_left, currency, reason
    union all
    select is_left, currency, reason, -count(*), -sum(points), -sum(amount) from member_balance_suspect group by is_left, currency, reason
)
select is_left, currency, reason, sum(row_count)::bigint as row_count, sum(points)::decimal(38, 4) as points, sum(amount)::decimal(38, 4) as amount
from counted
group by is_left, currency, reason
having sum(row_count) <> 0

-- purpose: where the rows ended that need not be read one by one: all that arrived less those that are
-- reads: member_balance_arrived, member_balance_suspect
-- writes: member_balance_certified
-- parameters: none
-- invariant: adds up with the suspect rows to what entered, in rows, points and money, per table and currency
with counted as (
    select side, "table", currency, ending, count(*) as row_count, sum(points) as points, sum(amount) as amount
    from member_balance_arrived
    group by side, "table", currency, ending
    union all
    select side, "table", currency, ending, -count(*), -sum(points), -sum(amount) from member_balance_suspect group by side, "table", currency, ending
)
select side, "table", currency, ending, sum(row_count) as row_count, sum(points) as points, sum(amount) as amount
from counted
group by side, "table", currency, ending
having sum(row_count) <> 0

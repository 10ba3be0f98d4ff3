-- purpose: What was confirmed to be the same on both sides today, by pair and by the step of the rule ladder that confirmed it.
-- reads: match
-- writes: report_match
-- parameters: none
-- invariant: match_count adds up to the rows of match.
select
    pair,
    rung,
    count(*) as match_count,
    count(*) filter (where cardinality <> '1:1') as group_count,
    sum(points)::decimal(38, 4) as points,
    sum(left_amount)::decimal(38, 4) as left_amount,
    sum(right_amount)::decimal(38, 4) as right_amount,
    sum(difference_amount)::decimal(38, 4) as difference_amount
from "match"
group by pair, rung
order by pair, rung
